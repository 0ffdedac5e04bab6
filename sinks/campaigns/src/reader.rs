//! Reads one partition through a chain of SmartModules, every record once and in order.
//!
//! The client and the server lose records on a stream without a word: at the cut of a response, behind a batch without
//! output, at a connection's end. So every record's true offset is asked for; a gap, an end, an error or a stall
//! drops the stream and opens a new one, by a new client, at the first record missing.

mod contiguity;
mod error;
mod limits;
mod stream;
mod trouble;

use std::time::{Duration, Instant};

use adx_events::offset::{Offset, Partition};
use adx_events::verdict::Verdict;
use adx_publisher::Cluster;
use fluvio_protocol::record::{Batch, Record};

pub use error::{Cause, ReadError, StreamError};
pub use limits::ReadLimits;
pub use stream::ModuleCall;

use contiguity::{Contiguity, Judged};
use stream::OpenStream;
use trouble::Trouble;

/// What is read: a partition of a topic, as a chain of SmartModules gives it.
#[derive(Debug, Clone)]
pub struct PartitionLog {
    pub cluster: Cluster,
    pub topic: String,
    pub partition: Partition,
    /// Applied in order; must give one record for each. Never empty: a stream without any loses records.
    pub chain: Vec<ModuleCall>,
    /// Where a record's true offset is found.
    pub offset_of: OffsetOf,
}

/// Finds the true offset of a streamed record: from its value, or from the client's own reckoning; none where it cannot be read.
pub type OffsetOf = fn(value: &[u8], reckoned: Offset) -> Option<Offset>;

/// The offset that a verdict carries.
pub fn offset_in_verdict(value: &[u8], _reckoned: Offset) -> Option<Offset> {
    Verdict::read(value).map(|verdict| verdict.offset)
}

/// The client's own reckoning: right behind modules that pass every record as it is.
pub fn offset_reckoned(_value: &[u8], reckoned: Offset) -> Option<Offset> {
    Some(reckoned)
}

/// A record as the chain gave it.
#[derive(Debug)]
pub struct StreamedRecord {
    /// True offset in the partition.
    pub offset: Offset,
    record: Record,
}

impl StreamedRecord {
    pub fn key(&self) -> Option<&[u8]> {
        self.record.key().map(|key| key.as_ref())
    }

    pub fn value(&self) -> &[u8] {
        self.record.value().as_ref()
    }
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
    pub async fn next_batch(&mut self) -> Result<Vec<StreamedRecord>, ReadError> {
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
    fn accept(&mut self, batch: Batch) -> Result<(Vec<StreamedRecord>, Option<Offset>), ReadError> {
        let base = batch.get_base_offset();
        let mut taken = Vec::with_capacity(batch.records().len());
        for (reckoned, record) in (base..).zip(batch.own_records()) {
            let reckoned = Offset(reckoned.max(0).unsigned_abs());
            let offset = (self.log.offset_of)(record.value(), reckoned).ok_or_else(|| self.log.unreadable(reckoned))?;
            match self.contiguity.judge(offset) {
                Judged::Next => taken.push(StreamedRecord { offset, record }),
                Judged::Before => {}
                Judged::Gap => return Ok((taken, Some(offset))),
            }
        }
        Ok((taken, None))
    }

    /// Records are progress, even with a gap behind them.
    fn give(&mut self, records: Vec<StreamedRecord>, gap: Option<StreamError>) -> Vec<StreamedRecord> {
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
