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
    /// A batch does not fit into an empty segment.
    #[error("a batch of {bytes} bytes is longer than the topic's segments of {segment_bytes}")]
    TooLong { bytes: u64, segment_bytes: u64 },
    /// The topic was deleted meanwhile.
    #[error("the log is deleted")]
    Deleted,
}

/// An append-only log in segments of bounded size. Its whole interface is `append`, `batch_at`, `segment_end`, `next` and
/// `ends`.
#[derive(Debug)]
pub(crate) struct PartitionLog {
    segment_bytes_max: u64,
    kept: RwLock<Kept>,
    ends: watch::Sender<LogEnd>,
}

#[derive(Debug)]
struct Kept {
    batches: Vec<Batch<RawRecords>>,
    /// Where segments begin, the first at 0 left out.
    rolls: Vec<Offset>,
    segment_bytes: u64,
    next: Offset,
    bytes: u64,
    reserved: Reservation,
}

impl PartitionLog {
    pub(crate) fn new(space: &Arc<Space>, segment_bytes_max: u64) -> Result<Self, NoRoom> {
        let reserved = space.reserve(BYTES_PER_LOG)?;
        let kept = Kept { batches: Vec::new(), rolls: Vec::new(), segment_bytes: 0, next: 0, bytes: 0, reserved };
        Ok(Self { segment_bytes_max, kept: RwLock::new(kept), ends: watch::Sender::new(LogEnd::Next(0)) })
    }

    /// Numbers and keeps all of `batches`, or none; returns the offset of the first record.
    /// Each batch must hold at least one record.
    pub(crate) fn append(&self, batches: Vec<Batch<RawRecords>>) -> Result<Offset, AppendError> {
        let mut kept = self.write();
        if *self.ends.borrow() == LogEnd::Deleted {
            return Err(AppendError::Deleted);
        }
        let max = self.segment_bytes_max;
        let sizes: Vec<u64> = batches.iter().map(|batch| batch.write_size(0) as u64).collect();
        if let Some(&bytes) = sizes.iter().find(|bytes| **bytes > max) {
            return Err(AppendError::TooLong { bytes, segment_bytes: max });
        }
        let bytes = sizes.iter().sum();
        kept.reserved.grow(bytes)?;
        kept.bytes += bytes;
        let base = kept.next;
        for (mut batch, bytes) in batches.into_iter().zip(sizes) {
            if kept.segment_bytes + bytes > max {
                let roll = kept.next;
                kept.rolls.push(roll);
                kept.segment_bytes = 0;
            }
            kept.segment_bytes += bytes;
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

    /// The offset after the last one in the segment that holds `offset`: a real SPU's response ends there.
    pub(crate) fn segment_end(&self, offset: Offset) -> Option<Offset> {
        let kept = self.read();
        let later = kept.rolls.partition_point(|roll| *roll <= offset);
        (0..kept.next).contains(&offset).then(|| kept.rolls.get(later).copied().unwrap_or(kept.next))
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
        PartitionLog::new(&Arc::new(Space::new(BYTES_PER_LOG + max)), 1 << 30).expect("an empty log fits")
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

    proptest! {
        #[test]
        fn segments_end_where_the_next_batch_would_not_fit(sizes in prop::collection::vec(1..5usize, 0..20)) {
            let bytes = |records: usize| batch(records).write_size(0) as u64;
            let max = bytes(4) + bytes(1);
            let log = PartitionLog::new(&Arc::new(Space::new(1 << 20)), max).expect("an empty log fits");
            let (mut naive, mut taken) = (vec![Vec::new()], 0); // offsets by segment
            for records in sizes {
                let next = log.append(vec![batch(records)]).expect("fits");
                if taken + bytes(records) > max {
                    naive.push(Vec::new());
                    taken = 0;
                }
                taken += bytes(records);
                let last = naive.len() - 1;
                naive[last].extend(next..next + records as Offset);
            }
            for segment in naive {
                for offset in &segment {
                    prop_assert_eq!(log.segment_end(*offset), segment.last().map(|last| last + 1));
                }
            }
        }
    }

    #[test]
    fn a_batch_larger_than_a_segment_is_refused() {
        let log = PartitionLog::new(&Arc::new(Space::new(1 << 20)), 100).expect("an empty log fits");
        assert!(matches!(log.append(vec![batch(20)]), Err(AppendError::TooLong { segment_bytes: 100, .. })));
        assert_eq!(log.next(), 0);
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
