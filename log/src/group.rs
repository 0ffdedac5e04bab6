//! Frames that are appended together, by one write: all of them or, where it fails, none; a process that is killed on the way may leave the first of them.

use std::io;
use std::num::NonZeroU32;

use crate::error::AppendError;
use crate::frame::{HEADER_BYTES, Header, Position, UnixMillis, seal};
use crate::log::Log;

/// The buffer of a larger group is given back after it.
const BUFFER_BYTES_KEPT: usize = 4 << 20;

/// A group under way. Dropped without [`Group::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Group<'log> {
    log: &'log mut Log,
    now: UnixMillis,
    next: Position,
    headers: Vec<Header>,
}

impl<'log> Group<'log> {
    pub(crate) fn new(log: &'log mut Log, now: UnixMillis) -> Self {
        log.buffer.clear();
        log.buffer.shrink_to(BUFFER_BYTES_KEPT);
        let next = log.next();
        Self { log, now, next, headers: Vec::new() }
    }

    /// The position that the next frame gets.
    pub fn next(&self) -> Position {
        self.next
    }

    /// Adds a frame that covers `count` positions; `write` appends its payload to the bytes it is given, and nothing else.
    /// A frame that is refused is not part of the group.
    pub fn push(
        &mut self,
        count: NonZeroU32,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> Result<(), AppendError> {
        let start = self.log.buffer.len();
        let added = self.add(start, count, write);
        if added.is_err() {
            self.log.buffer.truncate(start);
        }
        added
    }

    fn add(
        &mut self,
        start: usize,
        count: NonZeroU32,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> Result<(), AppendError> {
        let buffer = &mut self.log.buffer;
        if self.next.0.checked_add(count.get().into()).is_none() {
            return Err(AppendError::Full { next: self.next });
        }
        buffer.resize(start + HEADER_BYTES, 0);
        write(buffer).map_err(|source| AppendError::Payload { source })?;
        let bytes = buffer.len() - start;
        let header = seal(&mut buffer[start..], self.next, count, self.now).ok_or(AppendError::TooLong { bytes })?;
        self.next = header.next();
        self.headers.push(header);
        Ok(())
    }

    /// Appends the group to the log and returns its first position, or changes nothing.
    pub fn commit(self) -> Result<Position, AppendError> {
        let first = self.log.next();
        if !self.headers.is_empty() {
            self.log.write(&self.headers)?;
        }
        Ok(first)
    }
}
