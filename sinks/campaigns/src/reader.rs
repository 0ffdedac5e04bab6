//! Reads one partition through a chain of SmartModules, every record once and in order.
//!
//! The client and the server lose records on a stream without a word: at the cut of a response, behind a batch without
//! output, at a connection's end. So every record's true offset is asked for; a gap, an end, an error or a stall
//! drops the stream and opens a new one, by a new client, at the first record missing.

mod batch;
mod contiguity;
mod error;
mod limits;
mod stream;
mod trouble;

use std::time::{Duration, Instant};

use adx_events::offset::{Offset, Partition};
use adx_publisher::Cluster;
use fluvio_protocol::record::Batch;

pub use batch::{OffsetOf, Shape, StreamedBatch, StreamedRecord, offset_reckoned};
pub use error::{Cause, ReadError, StreamError};
pub use limits::ReadLimits;
pub use stream::ModuleCall;

use contiguity::Contiguity;
use stream::OpenStream;
use trouble::Trouble;

/// What is read: a partition of a topic, as a chain of SmartModules gives it.
#[derive(Debug, Clone)]
pub struct PartitionLog {
    pub cluster: Cluster,
    pub topic: String,
    pub partition: Partition,
    /// Applied in order; must pass on every record. Never empty: a stream without any loses records.
    pub chain: Vec<ModuleCall>,
    /// What the chain gives.
    pub shape: Shape,
}

/// Reads a [`PartitionLog`] from an offset onwards. Holds no more than the records of one server response at a time, and
/// the response on its way.
pub struct PartitionReader {
    log: PartitionLog,
    limits: ReadLimits,
    contiguity: Contiguity,
    stream: Option<OpenStream>,
    trouble: Trouble,
}

impl PartitionReader {
    /// Nothing is connected before the first [`PartitionReader::next_batch`].
    pub fn new(log: PartitionLog, start: Offset, limits: ReadLimits) -> Self {
        let trouble = Trouble::new(&limits);
        Self { log, limits, contiguity: Contiguity::from(start), stream: None, trouble }
    }

    /// The offset of the first record not yet given out.
    pub fn next_offset(&self) -> Offset {
        self.contiguity.next()
    }

    /// Waits for records: at least one, the first at [`PartitionReader::next_offset`], each at its predecessor's offset plus 1.
    /// At the log's end it waits for more. May be dropped while it waits; no record is lost by that.
    pub async fn next_batch(&mut self) -> Result<StreamedBatch, ReadError> {
        loop {
            match Box::pin(self.step()).await {
                Ok(batch) => {
                    let (records, gap) = self.accept(batch)?;
                    match (records.is_empty(), gap.map(|found| StreamError::Gap { found })) {
                        (false, gap) => return Ok(self.give(records, gap)),
                        (true, Some(gap)) => self.reopen_after(gap).await?,
                        (true, None) => {}
                    }
                }
                Err(error) => self.reopen_after(error).await?,
            }
        }
    }

    /// The next batch of the stream, which is opened where it is not.
    async fn step(&mut self) -> Result<Batch, StreamError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(OpenStream::open(&self.log, self.contiguity.next(), &self.limits).await?),
        };
        loop {
            match stream.next_within(self.limits.idle).await? {
                Some(batch) => return Ok(batch),
                None => {
                    stream.check_idle(&self.log, self.contiguity.next(), self.limits.idle).await?;
                    self.trouble.over(&self.log, Instant::now()); // alive at the log's end: what was is past
                }
            }
        }
    }

    /// The records that continue, up to a gap; the offset found behind the gap.
    fn accept(&mut self, batch: Batch) -> Result<(StreamedBatch, Option<Offset>), ReadError> {
        StreamedBatch::take(batch, self.log.shape, &mut self.contiguity).map_err(|no| self.log.unreadable(no.reckoned))
    }

    /// Records are progress, even with a gap behind them.
    fn give(&mut self, records: StreamedBatch, gap: Option<StreamError>) -> StreamedBatch {
        self.trouble.over(&self.log, Instant::now());
        if let Some(gap) = gap {
            self.stream = None;
            trouble::tell(&self.log, self.contiguity.next(), Duration::ZERO, &gap);
        }
        records
    }

    async fn reopen_after(&mut self, error: StreamError) -> Result<(), ReadError> {
        self.stream = None;
        let wait = self.trouble.failed(&self.log, self.contiguity.next(), error, Instant::now())?;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
