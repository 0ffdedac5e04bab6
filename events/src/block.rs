//! A block: the verdicts on many records in one value, for programs. What a record costs on its way through server and client is then paid once for hundreds.
//!
//! Layout, version 1, integers little-endian: `'B' | version u8`, then for each record `key length u32 | value length u32 | key | verdict`. Offsets travel in the
//! verdicts, so a reader that resumes in the middle of a block passes over what it has had.

use crate::offset::Offset;
use crate::verdict::Verdict;

const HEAD: [u8; 2] = [b'B', 1];
const LENGTHS_BYTES: usize = 8;

/// Gathers the records of one block; its memory is kept for the next.
#[derive(Debug, Clone, Default)]
pub struct BlockWriter {
    bytes: Vec<u8>,
}

impl BlockWriter {
    /// Appends a record: its key in the stream, and what is known of it.
    pub fn push(&mut self, write_key: impl FnOnce(&mut Vec<u8>), verdict: &Verdict<'_>) {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(&HEAD);
        }
        let lengths_at = self.bytes.len();
        let key_at = lengths_at + LENGTHS_BYTES;
        self.bytes.extend_from_slice(&[0; LENGTHS_BYTES]);
        write_key(&mut self.bytes);
        let value_at = self.bytes.len();
        verdict.write(&mut self.bytes);
        let (key, value) = (value_at - key_at, self.bytes.len() - value_at);
        self.bytes[lengths_at..lengths_at + 4].copy_from_slice(&(key as u32).to_le_bytes());
        self.bytes[lengths_at + 4..key_at].copy_from_slice(&(value as u32).to_le_bytes());
    }

    /// The block so far; empty where it has no record.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
    }
}

/// One record of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    pub offset: Offset,
    /// As `StreamKey` reads it.
    pub key: &'a [u8],
    /// As `Verdict` reads it.
    pub verdict: &'a [u8],
}

/// The bytes are no block of this version, or one that is cut or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a whole block of verdicts")]
pub struct NotABlock;

/// The records of a block, in order; an error is the last item.
pub fn entries(block: &[u8]) -> impl Iterator<Item = Result<Entry<'_>, NotABlock>> {
    let mut rest = block.strip_prefix(&HEAD[..]);
    let mut told = false;
    std::iter::from_fn(move || match rest {
        Some([]) => None,
        Some(bytes) => {
            let split = split_entry(bytes);
            rest = split.map(|(_, rest)| rest);
            told = split.is_none();
            Some(split.map(|(entry, _)| entry).ok_or(NotABlock))
        }
        None => (!std::mem::replace(&mut told, true)).then_some(Err(NotABlock)),
    })
}

fn split_entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let (key_bytes, rest) = bytes.split_first_chunk::<4>()?;
    let (verdict_bytes, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*key_bytes) as usize)?;
    let (verdict, rest) = rest.split_at_checked(u32::from_le_bytes(*verdict_bytes) as usize)?;
    Some((Entry { offset: Verdict::offset_in(verdict)?, key, verdict }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;
    use crate::verdict::Outcome;
    use proptest::prelude::*;

    fn block(records: &[(Vec<u8>, u64, String)]) -> Vec<u8> {
        let mut writer = BlockWriter::default();
        for (key, offset, detail) in records {
            let outcome = Outcome::Rejected { reason: Reason::BadJson, detail };
            writer.push(|out| out.extend_from_slice(key), &Verdict { offset: Offset(*offset), outcome });
        }
        writer.as_bytes().to_vec()
    }

    fn records() -> impl Strategy<Value = Vec<(Vec<u8>, u64, String)>> {
        prop::collection::vec((prop::collection::vec(any::<u8>(), 0..20), any::<u64>(), "[a-zé]{0,20}"), 1..12)
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(records in records()) {
            let block = block(&records);
            let read: Vec<_> = entries(&block).map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), records.len());
            for (entry, (key, offset, detail)) in read.iter().zip(&records) {
                prop_assert_eq!((entry.key, entry.offset.0), (key.as_slice(), *offset));
                let Some(Verdict { outcome: Outcome::Rejected { detail: read, .. }, .. }) = Verdict::read(entry.verdict) else {
                    panic!("another verdict")
                };
                prop_assert_eq!(read, detail);
            }
        }

        #[test]
        fn a_cut_block_gives_its_whole_records_and_an_error(records in records(), at in any::<prop::sample::Index>()) {
            let block = block(&records);
            let cut = &block[..at.index(block.len())];
            let read: Vec<_> = entries(cut).collect();
            let whole = entries(&block).take_while(|entry| {
                let end = entry.unwrap().verdict.as_ptr_range().end as usize - block.as_ptr() as usize;
                end <= cut.len()
            });
            let whole: Vec<_> = whole.collect();
            prop_assert!(read.starts_with(&whole) && read.len() - whole.len() <= 1);
            prop_assert!(read.len() == whole.len() + 1 && read.last() == Some(&Err(NotABlock)) || ends_with_a_record(&block, cut.len()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = entries(&bytes).count();
        }
    }

    fn ends_with_a_record(block: &[u8], length: usize) -> bool {
        length == HEAD.len()
            || entries(block)
                .flatten()
                .any(|entry| entry.verdict.as_ptr_range().end as usize - block.as_ptr() as usize == length)
    }
}
