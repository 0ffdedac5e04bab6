//! One partition's log, in memory: batches as they were sent, numbered without gaps from 0.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use fluvio_protocol::Encoder;
use fluvio_protocol::record::{Batch, Offset, RawRecords};
use tokio::sync::watch;

use crate::space::{NoRoom, Reservation, Space};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AppendError {
    /// The stand-in's byte cap.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The topic was deleted meanwhile.
    #[error("the log is deleted")]
    Deleted,
}

/// An append-only log. Its whole interface is `append`, `batch_at`, `next` and `ends`.
#[derive(Debug)]
pub(crate) struct PartitionLog {
    kept: RwLock<Kept>,
    ends: watch::Sender<LogEnd>,
}

#[derive(Debug)]
struct Kept {
    batches: Vec<Batch<RawRecords>>,
    next: Offset,
    bytes: u64,
    reserved: Reservation,
}

impl PartitionLog {
    pub(crate) fn new(space: &Arc<Space>) -> Result<Self, NoRoom> {
        let reserved = space.reserve(BYTES_PER_LOG)?;
        let kept = Kept { batches: Vec::new(), next: 0, bytes: 0, reserved };
        Ok(Self { kept: RwLock::new(kept), ends: watch::Sender::new(LogEnd::Next(0)) })
    }

    /// Numbers and keeps all of `batches`, or none; returns the offset of the first record.
    /// Each batch must hold at least one record.
    pub(crate) fn append(&self, batches: Vec<Batch<RawRecords>>) -> Result<Offset, AppendError> {
        let mut kept = self.write();
        if *self.ends.borrow() == LogEnd::Deleted {
            return Err(AppendError::Deleted);
        }
        let bytes = batches.iter().map(|batch| batch.write_size(0) as u64).sum();
        kept.reserved.grow(bytes)?;
        kept.bytes += bytes;
        let base = kept.next;
        for mut batch in batches {
            batch.set_base_offset(kept.next);
            kept.next = batch.computed_last_offset();
            kept.batches.push(batch);
        }
        self.ends.send_replace(LogEnd::Next(kept.next));
        Ok(base)
    }

    /// The batch that holds `offset`, if there is one.
    pub(crate) fn batch_at(&self, offset: Offset) -> Option<Batch<RawRecords>> {
        let kept = self.read();
        let index = kept.batches.partition_point(|batch| batch.get_last_offset() < offset);
        kept.batches.get(index).filter(|batch| batch.get_base_offset() <= offset).cloned()
    }

    /// The offset after the last record.
    pub(crate) fn next(&self) -> Offset {
        self.read().next
    }

    /// Bytes of the batches kept.
    pub(crate) fn bytes(&self) -> u64 {
        self.read().bytes
    }

    /// Tells every later end of this log.
    pub(crate) fn ends(&self) -> watch::Receiver<LogEnd> {
        self.ends.subscribe()
    }

    /// Frees what is kept and tells readers.
    pub(crate) fn delete(&self) {
        let mut kept = self.write();
        kept.batches = Vec::new();
        self.ends.send_replace(LogEnd::Deleted);
    }

    fn read(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Kept> {
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use fluvio_protocol::record::Record;
    use proptest::prelude::*;

    use super::*;

    fn batch(records: usize) -> Batch<RawRecords> {
        let memory = Batch::from(vec![Record::new("x"); records]);
        Batch::<RawRecords>::try_from(memory).expect("an uncompressed batch encodes")
    }

    fn log(max: u64) -> PartitionLog {
        PartitionLog::new(&Arc::new(Space::new(BYTES_PER_LOG + max))).expect("an empty log fits")
    }

    proptest! {
        #[test]
        fn every_offset_is_found_in_the_batch_that_holds_it(appends in prop::collection::vec(prop::collection::vec(1..5usize, 0..4), 0..12)) {
            let log = log(1 << 20);
            let mut naive = Vec::new(); // offset -> base of its batch
            for sizes in appends {
                let base = log.append(sizes.iter().map(|size| batch(*size)).collect()).expect("fits");
                prop_assert_eq!(base, naive.len() as Offset);
                for size in sizes {
                    naive.extend(vec![naive.len() as Offset; size]);
                }
            }
            prop_assert_eq!(log.next(), naive.len() as Offset);
            for (offset, base) in naive.iter().enumerate() {
                prop_assert_eq!(log.batch_at(offset as Offset).map(|found| found.get_base_offset()), Some(*base));
            }
            prop_assert!(log.batch_at(naive.len() as Offset).is_none());
            prop_assert!(log.batch_at(-1).is_none());
        }
    }

    #[test]
    fn an_append_over_the_cap_keeps_nothing_of_it() {
        let size = batch(1).write_size(0) as u64;
        let log = log(2 * size);
        log.append(vec![batch(1)]).expect("fits");
        assert!(matches!(log.append(vec![batch(1), batch(1)]), Err(AppendError::NoRoom(_))));
        assert_eq!((log.next(), log.bytes()), (1, size));
        assert_eq!(log.append(vec![batch(1)]).expect("still fits"), 1);
    }

    #[test]
    fn a_deleted_log_takes_nothing_more() {
        let log = log(1 << 20);
        let ends = log.ends();
        log.delete();
        assert_eq!(*ends.borrow(), LogEnd::Deleted);
        assert_eq!(log.append(vec![batch(1)]), Err(AppendError::Deleted));
    }
}
