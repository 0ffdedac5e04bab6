//! Where frames lie in a segment: an entry for the first frame of every block of at least 4096 bytes.

use std::ops::Range;

use crate::frame::{Header, Position};

/// A block is at least this long, so that the index is bounded by the file, however small its frames are.
const BLOCK_BYTES: u64 = 4096;

#[derive(Debug, Clone, Copy)]
struct Block {
    first: Position,
    at: u64,
}

/// The blocks of one segment, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    blocks: Vec<Block>,
}

impl Index {
    /// Takes up the frame at byte `at`, which is behind every earlier one.
    pub(crate) fn push(&mut self, header: &Header, at: u64) {
        if self.blocks.last().is_none_or(|block| at - block.at >= BLOCK_BYTES) {
            self.blocks.push(Block { first: header.first, at });
        }
    }

    /// The block whose frames cover `position`: its first position, and its bytes in a file of `end` bytes of frames.
    /// `None` before the first frame.
    pub(crate) fn block(&self, position: Position, end: u64) -> Option<(Position, Range<u64>)> {
        let after = self.blocks.partition_point(|block| block.first <= position);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        let end = self.blocks.get(after).map_or(end, |next| next.at);
        Some((block.first, block.at..end))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::frame::UnixMillis;

    proptest! {
        #[test]
        fn a_block_holds_the_frame_and_is_not_much_longer(frames in prop::collection::vec((0..9_000u32, 1..5u32), 1..40)) {
            let (mut index, mut at, mut first, mut placed) = (Index::default(), 0, 0, Vec::new());
            for (length, count) in frames {
                let count = NonZeroU32::new(count).expect("at least one");
                let header = Header { checksum: 0, length, first: Position(first), count, appended: UnixMillis(0) };
                index.push(&header, at);
                placed.push((header, at));
                at += header.frame_bytes();
                first = header.next().0;
            }
            for (header, start) in placed {
                for position in header.first.0..header.next().0 {
                    let (_, bytes) = index.block(Position(position), at).expect("a block");
                    prop_assert!(bytes.start <= start && start + header.frame_bytes() <= bytes.end);
                    prop_assert!(start - bytes.start < BLOCK_BYTES, "no more than a block to walk");
                }
            }
            prop_assert!(index.blocks.len() as u64 <= 1 + at / BLOCK_BYTES, "bounded by the file's length");
        }
    }
}
