//! One open stream of a partition, by a client of its own.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use adx_events::offset::Offset;
use adx_publisher::Cluster;
use fluvio::consumer::ConsumerConfig;
use fluvio::{Fluvio, SmartModuleContextData, SmartModuleInvocation, SmartModuleInvocationWasm, SmartModuleKind};
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::Batch;
use futures_util::{Stream, StreamExt};

use super::error::{Cause, StreamError};
use super::{PartitionLog, ReadLimits};

/// A SmartModule as it is known to the cluster, and what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleCall {
    pub name: String,
    pub params: BTreeMap<String, String>,
}

impl ModuleCall {
    fn invocation(&self) -> SmartModuleInvocation {
        SmartModuleInvocation {
            wasm: SmartModuleInvocationWasm::Predefined(self.name.clone()),
            kind: SmartModuleKind::Generic(SmartModuleContextData::None),
            params: self.params.clone().into(),
            name: Some(self.name.clone()),
        }
    }
}

/// A stream at work.
pub(super) struct OpenStream {
    client: Fluvio,
    batches: Pin<Box<dyn Stream<Item = Result<Batch, ErrorCode>> + Send>>,
}

impl OpenStream {
    /// Opens a stream at `start` exactly, after asking the leader whether the log goes so far.
    pub(super) async fn open(log: &PartitionLog, start: Offset, limits: &ReadLimits) -> Result<Self, StreamError> {
        let client = log.cluster.client().await?;
        check_end(log, &client, start).await?;
        let batches = batches(&log.cluster, &client, log, start, limits).await?;
        Ok(Self { client, batches })
    }

    /// The next batch, or none for so long.
    pub(super) async fn next_within(&mut self, idle: Duration) -> Result<Option<Batch>, StreamError> {
        match tokio::time::timeout(idle, self.batches.next()).await {
            Ok(Some(Ok(batch))) => Ok(Some(batch)),
            Ok(Some(Err(code))) => Err(StreamError::Broken { source: code.into() }),
            Ok(None) => Err(StreamError::Ended),
            Err(_) => Ok(None),
        }
    }

    /// Fine where nothing is left to read.
    pub(super) async fn check_idle(
        &mut self,
        log: &PartitionLog,
        next: Offset,
        idle: Duration,
    ) -> Result<(), StreamError> {
        let end = check_end(log, &self.client, next).await?;
        if next < end {
            return Err(StreamError::Stalled { idle_ms: idle.as_millis(), end });
        }
        Ok(())
    }
}

async fn check_end(log: &PartitionLog, client: &Fluvio, next: Offset) -> Result<Offset, StreamError> {
    let end = log.cluster.log_range(client, &log.topic, log.partition).await?.end;
    if next > end {
        return Err(StreamError::PastTheEnd { end });
    }
    Ok(end)
}

/// Whole batches: half the cost of the client's stream of records, which takes a lock and a timer for each.
async fn batches(
    cluster: &Cluster,
    client: &Fluvio,
    log: &PartitionLog,
    start: Offset,
    limits: &ReadLimits,
) -> Result<Pin<Box<dyn Stream<Item = Result<Batch, ErrorCode>> + Send>>, StreamError> {
    let setup = |source: Cause| StreamError::Setup { source };
    let position = i64::try_from(start.0).map_err(|e| setup(e.into()))?;
    let position = fluvio::Offset::absolute(position).map_err(|e| setup(e.into()))?;
    let invocations = log.chain.iter().map(ModuleCall::invocation).collect();
    let config = ConsumerConfig::builder().max_bytes(limits.response_bytes_max).smartmodule(invocations).build();
    let config = config.map_err(|e| setup(e.into()))?;
    #[expect(deprecated, reason = "the only way to whole batches; its successor yields records")]
    let opened = async {
        let consumer = client.partition_consumer(&log.topic, log.partition.0).await?;
        consumer.stream_batches_with_config(position, config).await
    };
    Ok(Box::pin(cluster.answer("open a stream", opened).await?))
}
