//! What is known of one segment without its data.

use std::ops::Range;

use crate::frame::{Header, Position, UnixMillis};
use crate::index::Index;

/// The facts of a segment file.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    /// Position of its first frame, which names the file.
    pub(crate) first: Position,
    /// Position after its last frame.
    pub(crate) next: Position,
    /// Bytes of its whole frames.
    pub(crate) bytes: u64,
    /// Bytes of their payloads.
    pub(crate) payload_bytes: u64,
    /// When its latest frame was appended.
    pub(crate) newest: UnixMillis,
    index: Index,
}

impl Segment {
    pub(crate) fn empty(first: Position) -> Self {
        Self { first, next: first, bytes: 0, payload_bytes: 0, newest: UnixMillis::default(), index: Index::default() }
    }

    /// Takes up the frame that was written behind its last one.
    pub(crate) fn push(&mut self, header: &Header) {
        self.index.push(header, self.bytes);
        self.bytes += header.frame_bytes();
        self.payload_bytes += u64::from(header.length);
        self.next = header.next();
        self.newest = self.newest.max(header.appended);
    }

    pub(crate) fn holds(&self, position: Position) -> bool {
        (self.first..self.next).contains(&position)
    }

    /// The bytes to read for the frame that covers `position`, and the first position in them.
    pub(crate) fn block(&self, position: Position) -> Option<(Position, Range<u64>)> {
        if !self.holds(position) {
            return None;
        }
        self.index.block(position, self.bytes)
    }
}
