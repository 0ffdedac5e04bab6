//! The records under way for a partition: together at most one batch, acknowledged from the front.

use adx_events::offset::Offset;
use fluvio_protocol::record::RecordData;

/// More than any batch header, its length prefix included.
pub(crate) const BATCH_OVERHEAD: usize = 128;

/// More than all that a record adds to its key and value: lengths, deltas, flags as variable-length integers.
const RECORD_OVERHEAD: usize = 48;

/// A record on its way; copying it copies no bytes.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) key: RecordData,
    pub(crate) value: RecordData,
}

impl Outgoing {
    pub(crate) fn new(key: Vec<u8>, value: Vec<u8>) -> Self {
        Self { key: key.into(), value: value.into() }
    }

    /// No fewer bytes than the record takes in a batch.
    pub(crate) fn bytes(&self) -> usize {
        self.key.len() + self.value.len() + RECORD_OVERHEAD
    }
}

/// Records handed over together.
#[derive(Debug)]
pub(crate) struct Chunk {
    records: Vec<Outgoing>,
    acknowledged: usize,
    bytes: usize,
    bytes_max: usize,
}

impl Chunk {
    /// An empty chunk that fits a batch of `batch_bytes`.
    pub(crate) fn new(batch_bytes: usize) -> Self {
        let bytes_max = batch_bytes.saturating_sub(BATCH_OVERHEAD);
        Self { records: Vec::new(), acknowledged: 0, bytes: 0, bytes_max }
    }

    /// Takes the record, or gives it back where it does not fit.
    pub(crate) fn push(&mut self, record: Outgoing) -> Result<(), Outgoing> {
        if self.bytes + record.bytes() > self.bytes_max {
            return Err(record);
        }
        self.bytes += record.bytes();
        self.records.push(record);
        Ok(())
    }

    /// Records not yet acknowledged, oldest first.
    pub(crate) fn outstanding(&self) -> &[Outgoing] {
        &self.records[self.acknowledged..]
    }

    /// The oldest outstanding record is stored.
    pub(crate) fn acknowledge(&mut self) {
        self.acknowledged = (self.acknowledged + 1).min(self.records.len());
    }

    /// Bytes of all its records.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
        (self.acknowledged, self.bytes) = (0, 0);
    }
}

/// The offset after a stored record.
pub(crate) fn after(offset: i64) -> Option<Offset> {
    u64::try_from(offset).ok()?.checked_add(1).map(Offset)
}

#[cfg(test)]
mod tests {
    use fluvio_protocol::Encoder;
    use fluvio_protocol::record::{Batch, MemoryRecords, RawRecords, Record};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_record_takes_no_more_bytes_than_reckoned(key in 0..3_000usize, value in 0..70_000usize, delta in any::<u32>()) {
            let outgoing = Outgoing::new(vec![1; key], vec![2; value]);
            let mut record = Record::new_key_value(outgoing.key.clone(), outgoing.value.clone());
            record.get_mut_header().set_offset_delta(i64::from(delta));
            record.get_mut_header().set_timestamp_delta(i64::MAX);
            prop_assert!(record.write_size(0) <= outgoing.bytes());
        }

        #[test]
        fn what_fits_a_chunk_is_sent_once_and_in_order(sizes in prop::collection::vec(0..400usize, 0..60), acks in 0..80usize) {
            let mut chunk = Chunk::new(2_048);
            let taken: Vec<_> = sizes.iter().map_while(|size| {
                let record = Outgoing::new(vec![], vec![0; *size]);
                chunk.push(record).is_ok().then_some(*size)
            }).collect();
            let reckoned: usize = taken.iter().map(|size| size + RECORD_OVERHEAD).sum();
            prop_assert!(chunk.bytes() == reckoned && reckoned + BATCH_OVERHEAD <= 2_048);
            (0..acks).for_each(|_| chunk.acknowledge());
            let left: Vec<_> = chunk.outstanding().iter().map(|r| r.value.len()).collect();
            prop_assert_eq!(left, taken.into_iter().skip(acks).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_batch_header_takes_no_more_bytes_than_reckoned() {
        let size = Batch::<RawRecords>::default().write_size(0) + MemoryRecords::default().write_size(0);
        assert!(size <= BATCH_OVERHEAD, "{size}");
    }

    #[test]
    fn an_offset_that_cannot_be_has_no_successor() {
        assert_eq!([after(-1), after(0), after(41)], [None, Some(Offset(1)), Some(Offset(42))]);
    }
}
