//! One stream of a partition's records to a client, through a SmartModule chain or as stored.

use std::sync::Arc;

use fluvio_protocol::api::RequestHeader;
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::{Batch, Offset, RawRecords};
use fluvio_smartengine::SmartModuleChainInstance;
use fluvio_spu_schema::fetch::FetchablePartitionResponse;
use fluvio_spu_schema::server::stream_fetch::{FileStreamFetchRequest, StreamFetchResponse};
use tokio::sync::watch;
use tracing::{debug, warn};

use super::flow::{Flow, Sent};
use super::records::WireRecords;
use super::transform::{Transformed, transform};
use super::{Node, chain};
use crate::catalog::Partition;
use crate::frame::{ConnectionError, Responses};
use crate::log::LogEnd;

/// A stream before its first record.
pub(super) struct Stream {
    pub(super) id: u32,
    pub(super) header: RequestHeader,
    pub(super) partition: Arc<Partition>,
    pub(super) node: Arc<Node>,
    pub(super) out: Responses,
}

/// Why a stream ends from this side.
enum End {
    /// The client is told why.
    Told(ErrorCode),
    /// There is no client any more.
    Gone(ConnectionError),
}

impl From<ConnectionError> for End {
    fn from(error: ConnectionError) -> Self {
        Self::Gone(error)
    }
}

impl Stream {
    /// Sends until the connection ends, the topic is deleted or a module fails for good.
    pub(super) async fn run(self, request: FileStreamFetchRequest, acks: watch::Receiver<Option<Offset>>) {
        match self.deliver(request, acks).await {
            Ok(()) => {}
            Err(End::Gone(error)) => debug!(partition = %self.partition.key, %error, "stream ended"),
            Err(End::Told(code)) => {
                warn!(partition = %self.partition.key, %code, "stream ended");
                let key = &self.partition.key;
                let _ = self.out.send(&self.header, failure(&key.topic, key.partition, self.id, code)).await;
            }
        }
    }

    async fn deliver(
        &self,
        request: FileStreamFetchRequest,
        mut acks: watch::Receiver<Option<Offset>>,
    ) -> Result<(), End> {
        let mut ends = self.partition.log.ends();
        if *ends.borrow_and_update() == LogEnd::Deleted {
            return Err(End::Told(ErrorCode::TopicDeleted));
        }
        let chain = chain::build(request.smartmodules, self.header.api_version(), &self.node).await;
        let mut source = Source { chain: chain.map_err(End::Told)?, max_bytes: request.max_bytes as u32 as usize };
        let mut flow = Flow::new(self.send_from(request.fetch_offset, &mut source).await?);
        loop {
            let from = tokio::select! {
                acked = acks.changed() => match acked {
                    Ok(()) => acks.borrow_and_update().and_then(|offset| flow.on_acknowledged(offset)),
                    Err(_) => return Ok(()),
                },
                ended = ends.changed() => match (ended, *ends.borrow_and_update()) {
                    (Ok(()), LogEnd::Next(end)) => flow.on_log_end(end),
                    (_, LogEnd::Deleted) | (Err(_), _) => return Err(End::Told(ErrorCode::TopicDeleted)),
                },
            };
            if let Some(from) = from {
                flow.sent(self.send_from(from, &mut source).await?);
            }
        }
    }

    /// Sends one response with records from the batch that holds `from` on, if there are any.
    async fn send_from(&self, from: Offset, source: &mut Source) -> Result<Sent, End> {
        let end = self.partition.log.next();
        if from == end {
            return Ok(Sent { up_to: from, delivered: false });
        }
        check_start(from, end).map_err(End::Told)?;
        let read = source.read(&self.partition, from, end).await.map_err(End::Told)?;
        let Some(mut response) = read else { return Ok(Sent { up_to: end, delivered: false }) };
        if response.records.is_empty() && response.error_code == ErrorCode::None {
            return Ok(Sent { up_to: from, delivered: false }); // nothing fits: tried again when there is more
        }
        response.high_watermark = end;
        let topic = self.partition.key.topic.clone();
        self.out.send(&self.header, StreamFetchResponse { topic, stream_id: self.id, partition: response }).await?;
        Ok(Sent { up_to: end, delivered: true })
    }
}

fn check_start(from: Offset, end: Offset) -> Result<(), ErrorCode> {
    if from < 0 {
        return Err(ErrorCode::OffsetEvicted { offset: from, next_available: 0 });
    }
    if from > end {
        return Err(ErrorCode::Other(format!("start offset: {from} is greater than leo: {end}")));
    }
    Ok(())
}

/// A response that carries only an error.
pub(super) fn failure(
    topic: &str,
    partition: u32,
    stream_id: u32,
    error_code: ErrorCode,
) -> StreamFetchResponse<WireRecords> {
    let partition = Fetched { partition_index: partition, error_code, ..Default::default() };
    StreamFetchResponse { topic: topic.to_owned(), stream_id, partition }
}

type Fetched = FetchablePartitionResponse<WireRecords>;

/// Where a stream's records come from.
struct Source {
    chain: Option<SmartModuleChainInstance>,
    max_bytes: usize,
}

impl Source {
    /// Records from the batch that holds `from` on, within its segment; `None` where modules let none through.
    async fn read(
        &mut self,
        partition: &Arc<Partition>,
        from: Offset,
        end: Offset,
    ) -> Result<Option<Fetched>, ErrorCode> {
        let segment_end = partition.log.segment_end(from).map_or(end, |segment_end| segment_end.min(end));
        let Some(mut chain) = self.chain.take() else {
            return stored(partition, from, segment_end, self.max_bytes).map(Some);
        };
        let (max_bytes, shared) = (self.max_bytes, Arc::clone(partition));
        // A module may take its time: not on a thread that serves connections.
        let run = move || {
            let made = transform(&mut chain, batches(&shared, from, segment_end), max_bytes);
            (made.and_then(|made| through_modules(&shared, made, end)), chain)
        };
        let (made, chain) = tokio::task::spawn_blocking(run).await.map_err(|panic| module_error(&panic))?;
        self.chain = Some(chain);
        made.map_err(|error| module_error(&error))
    }
}

fn module_error(error: &dyn std::fmt::Display) -> ErrorCode {
    ErrorCode::Other(format!("SmartModule err {error}"))
}

/// The batches from the one that holds `from`, up to `end`, one at a time.
fn batches(partition: &Partition, from: Offset, end: Offset) -> impl Iterator<Item = Batch<RawRecords>> {
    let mut next = from;
    std::iter::from_fn(move || {
        let batch = partition.log.batch_at(next).filter(|_| next < end)?;
        next = batch.computed_last_offset();
        Some(batch)
    })
}

/// What is stored, cut at `max_bytes` even inside a batch, which a client then takes for a whole one: a real SPU does just
/// that, and a plain stream that catches up loses records.
fn stored(partition: &Partition, from: Offset, end: Offset, max_bytes: usize) -> Result<Fetched, ErrorCode> {
    let records = WireRecords::cut_at(max_bytes, batches(partition, from, end));
    let records = records.map_err(|error| ErrorCode::Other(error.to_string()))?;
    Ok(Fetched { partition_index: partition.key.partition, records, ..Default::default() })
}

/// Nothing at all where there is neither output nor error: the stream then goes on at the log's end, and whatever was
/// thrown away for its size, or lies in later segments, is not seen. A real SPU does just that.
fn through_modules(partition: &Partition, made: Transformed, end: Offset) -> anyhow::Result<Option<Fetched>> {
    let empty = made.batch.records().is_empty();
    if empty && made.error.is_none() {
        return Ok(None);
    }
    let next_filter_offset = if empty { end } else { made.batch.get_last_offset() + 1 };
    let error_code = made.error.map_or(ErrorCode::None, |error| ErrorCode::SmartModuleRuntimeError(Box::new(error)));
    let records = WireRecords::whole(&Batch::<RawRecords>::try_from(made.batch)?)?;
    let partition_index = partition.key.partition;
    Ok(Some(Fetched { partition_index, error_code, next_filter_offset, records, ..Default::default() }))
}
