//! The log at work: its segments, and the changes to them.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::num::NonZeroU32;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use crate::error::{AppendError, RemoveError};
use crate::files;
use crate::frame::{Header, Position, UnixMillis};
use crate::group::Group;
use crate::read::Place;
use crate::retention::{Retention, Sealed};
use crate::segment::Segment;

/// When bytes are forced from the page cache to the disk. The end of a process loses nothing either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fsync {
    /// Never: after a power cut any segment may be damaged, and opening then refuses.
    Never,
    /// Before the next segment is begun: a power cut may cost the end of the last segment and nothing else; where
    /// the disk lost earlier bytes of that and kept later ones, opening refuses.
    #[default]
    AtRoll,
    /// Before an append returns: a power cut loses nothing that was acknowledged.
    EachAppend,
}

/// What a log is opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// A group that would make the payloads of a segment longer begins the next one; a longer group has one of its own.
    pub segment_bytes: u64,
    /// When the disk is waited for.
    pub fsync: Fsync,
}

/// The segment that is appended to.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) segment: Segment,
    pub(crate) file: Arc<File>,
}

/// An open log. It is the only writer of its directory.
#[derive(Debug)]
pub struct Log {
    dir: Arc<Path>,
    options: Options,
    sealed: VecDeque<Segment>,
    active: Active,
    /// A write failed, and what it left behind the last frame is still there.
    torn: bool,
    /// Frames of the group under way; kept, so that appending allocates nothing.
    pub(crate) buffer: Vec<u8>,
}

impl Log {
    pub(crate) fn new(dir: Arc<Path>, options: Options, sealed: VecDeque<Segment>, active: Active) -> Self {
        Self { dir, options, sealed, active, torn: false, buffer: Vec::new() }
    }

    /// Begins a group of frames, which is appended by one write (a process killed on the way may leave the first of them); it carries the time `now`.
    pub fn begin(&mut self, now: UnixMillis) -> Group<'_> {
        Group::new(self, now)
    }

    /// Appends one frame that covers `count` positions, and returns the first of them.
    pub fn append(&mut self, payload: &[u8], count: NonZeroU32, now: UnixMillis) -> Result<Position, AppendError> {
        let mut group = self.begin(now);
        group.push(count, |bytes| {
            bytes.extend_from_slice(payload);
            Ok(())
        })?;
        group.commit()
    }

    /// Writes the frames in the buffer, which are those of `headers`.
    pub(crate) fn write(&mut self, headers: &[Header]) -> Result<(), AppendError> {
        let bytes = headers.iter().map(|header| u64::from(header.length)).sum::<u64>();
        let segment = &self.active.segment;
        if segment.bytes > 0 && segment.payload_bytes + bytes > self.options.segment_bytes {
            self.roll()?;
        }
        self.mend()?;
        self.torn = true; // until the write is known to be whole
        let written = self.active.file.write_all_at(&self.buffer, self.active.segment.bytes);
        written.map_err(|source| self.failed("write", source))?;
        if self.options.fsync == Fsync::EachAppend {
            self.active.file.sync_data().map_err(|source| self.failed("sync", source))?;
        }
        self.torn = false;
        headers.iter().for_each(|header| self.active.segment.push(header));
        Ok(())
    }

    /// Cuts off what a failed write left.
    fn mend(&mut self) -> Result<(), AppendError> {
        if self.torn {
            let cut = self.active.file.set_len(self.active.segment.bytes);
            cut.map_err(|source| self.failed("cut the torn end of", source))?;
            self.torn = false;
        }
        Ok(())
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> AppendError {
        AppendError::Io { doing, path: files::path(&self.dir, self.active.segment.first), source }
    }

    /// Ends the segment under way and begins the next one; an empty one just goes on.
    pub fn roll(&mut self) -> Result<(), AppendError> {
        if self.active.segment.bytes == 0 {
            return Ok(());
        }
        self.mend()?;
        if self.options.fsync != Fsync::Never {
            self.active.file.sync_data().map_err(|source| self.failed("sync", source))?;
        }
        let first = self.active.segment.next;
        let path = files::path(&self.dir, first);
        let made = files::create(&path).and_then(|file| match self.options.fsync {
            Fsync::Never => Ok(file),
            Fsync::AtRoll | Fsync::EachAppend => files::sync_dir(&self.dir).map(|()| file),
        });
        let file = Arc::new(made.map_err(|source| {
            let _ = files::remove(&path); // the segment under way goes on: one behind it would show a gap
            AppendError::Io { doing: "make", path, source }
        })?);
        let ended = std::mem::replace(&mut self.active, Active { segment: Segment::empty(first), file });
        self.sealed.push_back(ended.segment);
        Ok(())
    }

    /// Forces everything appended so far to the disk.
    pub fn sync(&self) -> Result<(), AppendError> {
        self.active.file.sync_data().map_err(|source| self.failed("sync", source))
    }

    /// Where the frame that covers `position` lies; `None` before the start and from the next position on.
    pub fn find(&self, position: Position) -> Option<Place> {
        let segment = self.segment(position)?;
        let (from, bytes) = segment.block(position)?;
        let is_active = segment.first == self.active.segment.first;
        let file = is_active.then(|| Arc::clone(&self.active.file));
        Some(Place { dir: Arc::clone(&self.dir), file, segment: segment.first, bytes, from, position })
    }

    /// The position after the last one in the segment that holds `position`.
    pub fn segment_end(&self, position: Position) -> Option<Position> {
        self.segment(position).map(|segment| segment.next)
    }

    fn segment(&self, position: Position) -> Option<&Segment> {
        if self.active.segment.first <= position {
            return self.active.segment.holds(position).then_some(&self.active.segment);
        }
        let index = self.sealed.partition_point(|segment| segment.next <= position);
        self.sealed.get(index).filter(|segment| segment.holds(position))
    }

    /// The first position that is kept.
    pub fn start(&self) -> Position {
        self.sealed.front().map_or(self.active.segment.first, |segment| segment.first)
    }

    /// The position that the next frame gets.
    pub fn next(&self) -> Position {
        self.active.segment.next
    }

    /// Bytes of all payloads that are kept.
    pub fn bytes(&self) -> u64 {
        self.sealed.iter().map(|segment| segment.payload_bytes).sum::<u64>() + self.active.segment.payload_bytes
    }

    /// Gives up what `retention` does not keep at `now`; returns how many payload bytes that freed.
    pub fn retain(&mut self, retention: &Retention, now: UnixMillis) -> Result<u64, RemoveError> {
        let sealed = self.sealed.iter().map(|segment| Sealed { bytes: segment.payload_bytes, newest: segment.newest });
        let count = retention.given_up(sealed, self.active.segment.payload_bytes, now);
        self.remove_front(count)
    }

    /// Gives up every segment, except the one under way, that lies wholly before `position`; returns the payload bytes freed.
    pub fn drop_before(&mut self, position: Position) -> Result<u64, RemoveError> {
        self.remove_front(self.sealed.partition_point(|segment| segment.next <= position))
    }

    /// Oldest first, so that what a failure leaves is without a gap.
    fn remove_front(&mut self, count: usize) -> Result<u64, RemoveError> {
        let mut freed = 0;
        for _ in 0..count {
            let Some(oldest) = self.sealed.front() else { break };
            let path = files::path(&self.dir, oldest.first);
            files::remove(&path).map_err(|source| RemoveError { path, source })?;
            freed += oldest.payload_bytes;
            self.sealed.pop_front();
        }
        Ok(freed)
    }

    /// Removes the log's files and its directory.
    pub fn remove(self) -> Result<(), RemoveError> {
        match fs::remove_dir_all(&self.dir) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(RemoveError { path: self.dir.to_path_buf(), source })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_write_left_is_cut_off_before_the_next() {
        let dir = tempfile::TempDir::new().expect("a directory");
        let options = Options { segment_bytes: 1_000, fsync: Fsync::EachAppend };
        let mut log = Log::open(dir.path(), options).expect("opens").0;
        log.append(b"first", NonZeroU32::MIN, UnixMillis(0)).expect("appended");
        // As a disk that fills up leaves it: part of a frame that is longer than the one to come.
        log.active.file.write_all_at(&[7; 200], log.active.segment.bytes).expect("written");
        log.torn = true;
        log.append(b"second", NonZeroU32::MIN, UnixMillis(0)).expect("appended");
        let (log, cut) = Log::open(dir.path(), options).expect("opens");
        assert_eq!((cut, log.next()), (None, Position(2)));
    }
}
