//! Produce requests: each partition's batches are checked, sent through the request's modules and appended, and answered in
//! the order they came.

use std::sync::Arc;

use fluvio_compression::Compression;
use fluvio_controlplane_metadata::topic::CompressionAlgorithm;
use fluvio_protocol::Encoder;
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::{Batch, Offset, RawRecords};
use fluvio_spu_schema::produce::{
    DefaultPartitionRequest, DefaultProduceRequest, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use fluvio_spu_schema::server::smartmodule::SmartModuleInvocation;
use fluvio_types::defaults::STORAGE_MAX_REQUEST_SIZE;
use tracing::debug;

use super::transform::transform;
use super::{Node, chain};
use crate::catalog::Partition;
use crate::log::AppendError;

/// Stores what can be stored.
pub(super) async fn store(request: DefaultProduceRequest, version: i16, node: &Arc<Node>) -> ProduceResponse {
    let modules = Modules { invocations: request.smartmodules, version, node };
    let mut responses = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for wanted in topic.partitions {
            let index = wanted.partition_index;
            let stored = store_partition(&topic.name, wanted, &modules).await;
            if let Err(code) = &stored {
                debug!(topic = topic.name, partition = index, %code, "produce refused");
            }
            partitions.push(answer(index, stored));
        }
        responses.push(TopicProduceResponse { name: topic.name, partitions });
    }
    ProduceResponse { responses, ..Default::default() }
}

/// Answers every partition of the request with `code`.
pub(super) fn refuse(request: &DefaultProduceRequest, code: &ErrorCode) -> ProduceResponse {
    let topics = request.topics.iter().map(|topic| {
        let refused = topic.partitions.iter().map(|wanted| answer(wanted.partition_index, Err(code.clone())));
        TopicProduceResponse { name: topic.name.clone(), partitions: refused.collect() }
    });
    ProduceResponse { responses: topics.collect(), ..Default::default() }
}

fn answer(partition_index: u32, stored: Result<Offset, ErrorCode>) -> PartitionProduceResponse {
    let (base_offset, error_code) = match stored {
        Ok(base_offset) => (base_offset, ErrorCode::None),
        Err(code) => (0, code),
    };
    PartitionProduceResponse { partition_index, error_code, base_offset, ..Default::default() }
}

async fn store_partition(
    topic: &str,
    wanted: DefaultPartitionRequest,
    modules: &Modules<'_>,
) -> Result<Offset, ErrorCode> {
    let partition = modules.node.catalog.partition(topic, wanted.partition_index);
    let partition = partition.ok_or(ErrorCode::NotLeaderForPartition)?;
    let batches = wanted.records.batches;
    if holds_nothing(&batches) {
        return Ok(0); // what a real SPU answers where there is nothing to write
    }
    batches.iter().try_for_each(|batch| check(batch, &partition))?;
    let batches = modules.apply(batches).await?;
    if holds_nothing(&batches) {
        return Ok(0);
    }
    partition.log.append(batches).map_err(|error| match error {
        AppendError::NoRoom(no_room) => {
            tracing::warn!(topic, partition = partition.key.partition, %no_room, "produce refused");
            ErrorCode::PartitionFull { replica_key: partition.key.clone() }
        }
        AppendError::TooLong { .. } => ErrorCode::MessageTooLarge,
        AppendError::Deleted => ErrorCode::TopicDeleted,
    })
}

fn holds_nothing(batches: &[Batch<RawRecords>]) -> bool {
    batches.iter().all(|batch| batch.records_len() == 0)
}

/// The modules that a produce request asks for. As on a real SPU each partition of each request has a chain of its own,
/// so that modules remember nothing from one request to the next.
struct Modules<'a> {
    invocations: Vec<SmartModuleInvocation>,
    version: i16,
    node: &'a Arc<Node>,
}

impl Modules<'_> {
    /// What is stored in place of `batches`: one batch as long as all of them, so that what a module drops is a hole in
    /// the offsets.
    async fn apply(&self, batches: Vec<Batch<RawRecords>>) -> Result<Vec<Batch<RawRecords>>, ErrorCode> {
        let Some(mut chain) = chain::build(self.invocations.clone(), self.version, self.node).await? else {
            return Ok(batches);
        };
        // A module may take its time: not on a thread that serves connections.
        let run = move || transform(&mut chain, batches.into_iter(), usize::MAX);
        let made = tokio::task::spawn_blocking(run).await.map_err(|panic| chain_failed(&panic))?;
        let made = made.map_err(|error| chain_failed(&error))?;
        if let Some(error) = made.error {
            return Err(ErrorCode::SmartModuleRuntimeError(Box::new(error)));
        }
        let stored = Batch::<RawRecords>::try_from(made.batch);
        Ok(vec![stored.map_err(|error| ErrorCode::Other(format!("Compression Error: {error:?}")))?])
    }
}

fn chain_failed(error: &dyn std::fmt::Display) -> ErrorCode {
    ErrorCode::Other(format!("smartmodule chain failed: {error}"))
}

fn check(batch: &Batch<RawRecords>, partition: &Partition) -> Result<(), ErrorCode> {
    if batch.records_len() == 0 || !batch.validate_decoding() {
        return Err(ErrorCode::Other("a batch is empty or not as long as its header says".to_owned()));
    }
    if batch.write_size(0) > STORAGE_MAX_REQUEST_SIZE as usize {
        return Err(ErrorCode::MessageTooLarge);
    }
    let compression = batch.get_compression().map_err(|_| ErrorCode::CompressionError)?;
    match allows(&partition.compression, compression) {
        true => Ok(()),
        false => Err(ErrorCode::CompressionError),
    }
}

fn allows(topic: &CompressionAlgorithm, batch: Compression) -> bool {
    let required = match topic {
        CompressionAlgorithm::Any => return true,
        CompressionAlgorithm::None => Compression::None,
        CompressionAlgorithm::Gzip => Compression::Gzip,
        CompressionAlgorithm::Snappy => Compression::Snappy,
        CompressionAlgorithm::Lz4 => Compression::Lz4,
        CompressionAlgorithm::Zstd => Compression::Zstd,
    };
    batch == required
}
