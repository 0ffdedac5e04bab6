//! A partition's batches in memory, in segments as on disk, so that retention is the same.

use std::collections::VecDeque;

use adx_log::{Retention, Sealed, UnixMillis};
use fluvio_protocol::record::{Batch, Offset, RawRecords};

use super::stored_bytes;

/// Batches as they were sent.
#[derive(Debug)]
pub(super) struct MemoryLog {
    segment_bytes: u64,
    sealed: VecDeque<Segment>,
    active: Segment,
    sealed_bytes: u64,
}

#[derive(Debug)]
struct Segment {
    first: Offset,
    next: Offset,
    batches: Vec<Batch<RawRecords>>,
    bytes: u64,
    newest: UnixMillis,
}

impl Segment {
    fn empty(first: Offset) -> Self {
        Self { first, next: first, batches: Vec::new(), bytes: 0, newest: UnixMillis::default() }
    }

    fn push(&mut self, mut batch: Batch<RawRecords>, now: UnixMillis) {
        batch.set_base_offset(self.next);
        self.next = batch.computed_last_offset();
        self.bytes += stored_bytes(&batch);
        self.newest = self.newest.max(now);
        self.batches.push(batch);
    }

    fn batch_at(&self, offset: Offset) -> Option<Batch<RawRecords>> {
        let index = self.batches.partition_point(|batch| batch.get_last_offset() < offset);
        self.batches.get(index).filter(|batch| batch.get_base_offset() <= offset).cloned()
    }
}

impl MemoryLog {
    pub(super) fn new(segment_bytes: u64) -> Self {
        Self { segment_bytes, sealed: VecDeque::new(), active: Segment::empty(0), sealed_bytes: 0 }
    }

    pub(super) fn append(&mut self, batches: Vec<Batch<RawRecords>>, now: UnixMillis) -> Offset {
        let base = self.active.next;
        for batch in batches {
            if self.active.bytes > 0 && self.active.bytes + stored_bytes(&batch) > self.segment_bytes {
                self.roll();
            }
            self.active.push(batch, now);
        }
        base
    }

    fn roll(&mut self) {
        let next = Segment::empty(self.active.next);
        let ended = std::mem::replace(&mut self.active, next);
        self.sealed_bytes += ended.bytes;
        self.sealed.push_back(ended);
    }

    pub(super) fn batch_at(&self, offset: Offset) -> Option<Batch<RawRecords>> {
        self.segment(offset)?.batch_at(offset)
    }

    pub(super) fn segment_end(&self, offset: Offset) -> Option<Offset> {
        self.segment(offset).map(|segment| segment.next)
    }

    fn segment(&self, offset: Offset) -> Option<&Segment> {
        if offset >= self.active.first {
            return Some(&self.active);
        }
        self.sealed.get(self.sealed.partition_point(|segment| segment.next <= offset))
    }

    pub(super) fn start(&self) -> Offset {
        self.sealed.front().map_or(self.active.first, |segment| segment.first)
    }

    pub(super) fn next(&self) -> Offset {
        self.active.next
    }

    pub(super) fn bytes(&self) -> u64 {
        self.sealed_bytes + self.active.bytes
    }

    /// Gives up what `retention` does not keep at `now`; returns how many bytes that freed.
    pub(super) fn retain(&mut self, retention: &Retention, now: UnixMillis) -> u64 {
        let sealed = self.sealed.iter().map(|segment| Sealed { bytes: segment.bytes, newest: segment.newest });
        let count = retention.given_up(sealed, self.active.bytes, now);
        let freed = self.sealed.drain(..count).map(|segment| segment.bytes).sum();
        self.sealed_bytes -= freed;
        freed
    }
}
