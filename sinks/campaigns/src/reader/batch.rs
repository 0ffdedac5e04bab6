//! Records of one response, as they lie in it.

use adx_events::block;
use adx_events::offset::Offset;
use fluvio_protocol::record::{Batch, Record};

use super::contiguity::{Contiguity, Judged};

/// What a chain of SmartModules makes of the raw records, and where their true offsets are found.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// One record for each.
    Records(OffsetOf),
    /// One for many, each a block of verdicts (`adx_events::block`).
    Blocks,
}

/// Finds the true offset of a streamed record: from its value, or from the client's own reckoning; none where it cannot be read.
pub type OffsetOf = fn(value: &[u8], reckoned: Offset) -> Option<Offset>;

/// The client's own reckoning: right behind modules that pass every record as it is.
pub fn offset_reckoned(_value: &[u8], reckoned: Offset) -> Option<Offset> {
    Some(reckoned)
}

/// A record as the chain gave it.
#[derive(Debug, Clone, Copy)]
pub struct StreamedRecord<'a> {
    /// True offset in the partition.
    pub offset: Offset,
    key: Option<&'a [u8]>,
    value: &'a [u8],
}

impl<'a> StreamedRecord<'a> {
    pub fn key(&self) -> Option<&'a [u8]> {
        self.key
    }

    pub fn value(&self) -> &'a [u8] {
        self.value
    }
}

/// Records whose offsets follow one another.
#[derive(Debug)]
pub struct StreamedBatch {
    records: Vec<Record>,
    shape: Shape,
    /// By the client's reckoning, the offset of the first of `records`.
    base: Offset,
    start: Offset,
    end: Offset,
}

/// What could not be told apart from the offset that the client reckons it at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoOffset {
    pub(super) reckoned: Offset,
}

impl StreamedBatch {
    /// The records of `batch` that continue at `next`, which moves behind them; and the offset found where others are missing.
    pub(super) fn take(batch: Batch, shape: Shape, next: &mut Contiguity) -> Result<(Self, Option<Offset>), NoOffset> {
        let base = Offset(batch.get_base_offset().max(0).unsigned_abs());
        let (start, records) = (next.next(), batch.own_records());
        let mut gap = None;
        for record in all(&records, base, shape) {
            let offset = record?.offset;
            if next.judge(offset) == Judged::Gap {
                gap = Some(offset);
                break;
            }
        }
        Ok((Self { records, shape, base, start, end: next.next() }, gap))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        (self.end.0 - self.start.0) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The records, in order.
    pub fn iter(&self) -> impl Iterator<Item = StreamedRecord<'_>> {
        let mut next = Contiguity::from(self.start);
        let taken = all(&self.records, self.base, self.shape).flatten();
        taken.filter(move |record| next.judge(record.offset) == Judged::Next).take(self.len())
    }
}

/// Every record, or that one has no offset; such a one is the last of its block.
fn all(records: &[Record], base: Offset, shape: Shape) -> impl Iterator<Item = Result<StreamedRecord<'_>, NoOffset>> {
    let reckoned = (base.0..).map(Offset);
    reckoned.zip(records).flat_map(move |(reckoned, record)| {
        let (single, block) = match shape {
            Shape::Records(offset_of) => (Some(whole(record, reckoned, offset_of)), None),
            Shape::Blocks => (None, Some(in_block(record, reckoned))),
        };
        single.into_iter().chain(block.into_iter().flatten())
    })
}

fn whole(record: &Record, reckoned: Offset, offset_of: OffsetOf) -> Result<StreamedRecord<'_>, NoOffset> {
    let (key, value) = (record.key().map(AsRef::as_ref), record.value().as_ref());
    let offset = offset_of(value, reckoned).ok_or(NoOffset { reckoned })?;
    Ok(StreamedRecord { offset, key, value })
}

fn in_block(record: &Record, reckoned: Offset) -> impl Iterator<Item = Result<StreamedRecord<'_>, NoOffset>> {
    block::entries(record.value().as_ref()).map(move |entry| {
        let entry = entry.map_err(|_| NoOffset { reckoned })?;
        Ok(StreamedRecord { offset: entry.offset, key: Some(entry.key), value: entry.verdict })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use adx_events::block::BlockWriter;
    use adx_events::verdict::{Outcome, Verdict};
    use proptest::prelude::*;

    fn batch(blocks: &[Vec<u64>]) -> Batch {
        let mut batch = Batch::default();
        for offsets in blocks {
            let mut writer = BlockWriter::default();
            for offset in offsets {
                let verdict = Verdict { offset: Offset(*offset), outcome: Outcome::Resend };
                writer.push(|key| key.extend_from_slice(offset.to_string().as_bytes()), &verdict);
            }
            batch.add_record(Record::new(writer.as_bytes().to_vec()));
        }
        batch
    }

    fn offsets(batch: &StreamedBatch) -> Vec<u64> {
        batch.iter().map(|record| record.offset.0).collect()
    }

    proptest! {
        #[test]
        fn the_records_of_blocks_are_those_that_continue_up_to_a_gap(
            start in 0..6u64, blocks in prop::collection::vec(prop::collection::vec(0..12u64, 1..5), 1..6),
        ) {
            let (mut naive, mut gap) = (Vec::new(), None);
            for offset in blocks.iter().flatten() {
                let next = start + naive.len() as u64;
                if *offset > next {
                    gap = Some(Offset(*offset));
                    break;
                }
                if *offset == next {
                    naive.push(*offset);
                }
            }
            let mut next = Contiguity::from(Offset(start));
            let (taken, found) = StreamedBatch::take(batch(&blocks), Shape::Blocks, &mut next).unwrap();
            prop_assert_eq!((offsets(&taken), found), (naive.clone(), gap));
            prop_assert_eq!((taken.len(), next.next()), (naive.len(), Offset(start + naive.len() as u64)));
            prop_assert!(taken.iter().all(|r| r.key() == Some(r.offset.0.to_string().as_bytes())));
        }
    }

    #[test]
    fn what_is_no_block_has_no_offset() {
        let mut damaged = batch(&[vec![0, 1]]);
        damaged.add_record(Record::new("B"));
        let taken = StreamedBatch::take(damaged, Shape::Blocks, &mut Contiguity::from(Offset(0)));
        assert_eq!(taken.unwrap_err(), NoOffset { reckoned: Offset(1) });
    }
}
