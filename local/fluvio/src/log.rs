//! One partition's log: batches as they were sent, numbered without gaps, in memory or on disk, trimmed by its topic's limits.

mod disk;
mod limits;
mod memory;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use adx_log::{Fsync, Log, Options, RemoveError, UnixMillis};
use fluvio_protocol::Encoder;
use fluvio_protocol::record::{Batch, Offset, RawRecords};
use tokio::sync::watch;
use tracing::warn;

use crate::clock;
use crate::space::{NoRoom, Reservation, Space};
pub(crate) use limits::Limits;
use memory::MemoryLog;

/// Bytes charged for a log before its first batch, so that partitions are bounded too.
const BYTES_PER_LOG: u64 = 4096;

/// How far a log reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogEnd {
    /// The offset the next record will get; everything before it can be read.
    Next(Offset),
    /// The topic is gone; nothing follows.
    Deleted,
}

/// Why batches were not appended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    /// The stand-in's byte cap, of memory or of disk.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// A batch does not fit into an empty segment.
    #[error("a batch of {bytes} bytes is longer than the topic's segments of {segment_bytes}")]
    TooLong { bytes: u64, segment_bytes: u64 },
    /// The disk.
    #[error(transparent)]
    Disk(#[from] adx_log::AppendError),
    /// The topic was deleted meanwhile.
    #[error("the log is deleted")]
    Deleted,
}

/// Why a batch that is kept could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Disk(#[from] adx_log::ReadError),
    #[error("cannot decode the batch at offset {offset}")]
    Decode { offset: Offset, source: io::Error },
}

/// Why a log on disk was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    #[error(transparent)]
    Disk(#[from] adx_log::OpenError),
}

/// An append-only log. For reading and writing its whole interface is `append`, `batch_at`, `segment_end`, `start`, `next`
/// and `ends`.
#[derive(Debug)]
pub(crate) struct PartitionLog {
    kept: RwLock<Kept>,
    ends: watch::Sender<LogEnd>,
    limits: Limits,
}

#[derive(Debug)]
struct Kept {
    store: Store,
    /// The batches.
    batches: Reservation,
    /// The log itself.
    _log: Reservation,
}

#[derive(Debug)]
enum Store {
    Memory(MemoryLog),
    Disk(Log),
    Deleted,
}

impl PartitionLog {
    /// An empty log in memory.
    pub(crate) fn in_memory(memory: &Arc<Space>, limits: Limits) -> Result<Self, NoRoom> {
        let log = memory.reserve(BYTES_PER_LOG)?;
        let store = Store::Memory(MemoryLog::new(limits.segment_bytes));
        Ok(Self::new(Kept { store, batches: memory.reserve(0)?, _log: log }, limits))
    }

    /// The log in `dir`, empty if there is none. What is there already is counted, but never too much.
    ///
    /// Acknowledged batches are with the kernel, so they survive the end of this process; a power cut may cost the end of
    /// the last segment.
    pub(crate) fn on_disk(
        dir: PathBuf,
        memory: &Arc<Space>,
        disk: &Arc<Space>,
        limits: Limits,
    ) -> Result<Self, OpenError> {
        let reserved = memory.reserve(BYTES_PER_LOG)?;
        let options = Options { segment_bytes: limits.segment_bytes, fsync: Fsync::AtRoll };
        let (log, cut) = Log::open(dir, options)?;
        if let Some(cut) = cut {
            let (path, at, bytes, next) = (cut.path.display(), cut.at, cut.bytes, cut.next.0);
            warn!(%path, at, bytes, next, why = %cut.flaw, "a torn end was cut off, as a process leaves it that dies while it writes");
        }
        let batches = disk.take(log.bytes());
        Ok(Self::new(Kept { store: Store::Disk(log), batches, _log: reserved }, limits))
    }

    fn new(kept: Kept, limits: Limits) -> Self {
        let next = kept.store.next();
        Self { kept: RwLock::new(kept), ends: watch::Sender::new(LogEnd::Next(next)), limits }
    }

    /// Numbers and keeps `batches`, all of them or none, but where a disk fails in between: then those before it stay, as on
    /// a real SPU. Returns the offset of the first record. Each batch must hold at least one record.
    pub(crate) fn append(&self, batches: Vec<Batch<RawRecords>>) -> Result<Offset, AppendError> {
        self.append_at(batches, clock::now())
    }

    fn append_at(&self, batches: Vec<Batch<RawRecords>>, now: UnixMillis) -> Result<Offset, AppendError> {
        let (sizes, segment_bytes) = (batches.iter().map(stored_bytes), self.limits.segment_bytes);
        if let Some(bytes) = sizes.clone().find(|bytes| *bytes > segment_bytes) {
            return Err(AppendError::TooLong { bytes, segment_bytes });
        }
        let bytes = sizes.sum();
        let mut kept = self.write();
        let Kept { store, batches: reserved, .. } = &mut *kept;
        if let Store::Deleted = store {
            return Err(AppendError::Deleted);
        }
        let before = store.bytes();
        reserved.grow(bytes)?;
        let base = match store {
            Store::Memory(log) => Ok(log.append(batches, now)),
            Store::Disk(log) => disk::append(log, batches, now).map_err(AppendError::Disk),
            Store::Deleted => Err(AppendError::Deleted),
        };
        reserved.shrink(bytes.saturating_sub(store.bytes() - before)); // what a failure has left out
        self.ends.send_replace(LogEnd::Next(store.next()));
        base
    }

    /// The batch that holds `offset`; `None` before the start and from the next offset on.
    pub(crate) fn batch_at(&self, offset: Offset) -> Result<Option<Batch<RawRecords>>, ReadError> {
        let place = match &self.read().store {
            Store::Memory(log) => return Ok(log.batch_at(offset)),
            Store::Disk(log) => disk::position(offset).and_then(|position| log.find(position)),
            Store::Deleted => None,
        };
        // Read without the lock: producers do not wait for the disk of consumers.
        match place.map(|place| disk::read(&place)).transpose() {
            Err(ReadError::Disk(adx_log::ReadError::Gone { .. })) => Ok(None),
            read => read,
        }
    }

    /// The offset after the last one in the segment that holds `offset`: a real SPU's response ends there.
    pub(crate) fn segment_end(&self, offset: Offset) -> Option<Offset> {
        match &self.read().store {
            Store::Memory(log) => log.segment_end(offset),
            Store::Disk(log) => log.segment_end(disk::position(offset)?).map(disk::offset),
            Store::Deleted => None,
        }
    }

    /// The offset of the first record that is kept.
    pub(crate) fn start(&self) -> Offset {
        match &self.read().store {
            Store::Memory(log) => log.start(),
            Store::Disk(log) => disk::offset(log.start()),
            Store::Deleted => 0,
        }
    }

    /// The offset after the last record.
    pub(crate) fn next(&self) -> Offset {
        self.read().store.next()
    }

    /// Bytes of the batches kept.
    pub(crate) fn bytes(&self) -> u64 {
        self.read().store.bytes()
    }

    /// Tells every later end of this log.
    pub(crate) fn ends(&self) -> watch::Receiver<LogEnd> {
        self.ends.subscribe()
    }

    /// Gives up the segments that the topic's limits do not keep at `now`.
    pub(crate) fn clean(&self, now: UnixMillis) -> Result<(), RemoveError> {
        let mut kept = self.write();
        let Kept { store, batches, .. } = &mut *kept;
        let before = store.bytes();
        let removed = match store {
            Store::Memory(log) => Ok(log.retain(&self.limits.retention, now)),
            Store::Disk(log) => log.retain(&self.limits.retention, now),
            Store::Deleted => Ok(0),
        };
        batches.shrink(before - store.bytes()); // some may be gone where not all could be removed
        removed.map(|_| ())
    }

    /// Waits until the disk has everything.
    pub(crate) fn sync(&self) -> Result<(), adx_log::AppendError> {
        match &self.read().store {
            Store::Disk(log) => log.sync(),
            Store::Memory(_) | Store::Deleted => Ok(()),
        }
    }

    /// Frees what is kept, on disk too, and tells readers.
    pub(crate) fn delete(&self) -> Result<(), RemoveError> {
        let mut kept = self.write();
        let bytes = kept.store.bytes();
        let deleted = std::mem::replace(&mut kept.store, Store::Deleted);
        kept.batches.shrink(bytes);
        self.ends.send_replace(LogEnd::Deleted);
        match deleted {
            Store::Disk(log) => log.remove(),
            Store::Memory(_) | Store::Deleted => Ok(()),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Kept> {
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn next(&self) -> Offset {
        match self {
            Self::Memory(log) => log.next(),
            Self::Disk(log) => disk::offset(log.next()),
            Self::Deleted => 0,
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Memory(log) => log.bytes(),
            Self::Disk(log) => log.bytes(),
            Self::Deleted => 0,
        }
    }
}

/// What a batch takes in a segment.
fn stored_bytes(batch: &Batch<RawRecords>) -> u64 {
    let schema_bytes = if batch.header.has_schema() { size_of::<u32>() } else { 0 }; // `write_size` leaves it out
    (batch.write_size(0) + schema_bytes) as u64
}
