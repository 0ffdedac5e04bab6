//! Reading one frame, without the log: whoever looked it up may let go of the log first.

use std::fs::File;
use std::io;
use std::num::NonZeroU32;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::error::ReadError;
use crate::files;
use crate::frame::{Flaw, HEADER_BYTES, Position, UnixMillis, checks, split_first};

/// A frame that was read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The first position it covers.
    pub first: Position,
    /// How many positions it covers.
    pub count: NonZeroU32,
    /// When it was appended.
    pub appended: UnixMillis,
    /// Its bytes as they were given.
    pub payload: Bytes,
}

/// Where a frame lies.
#[derive(Debug, Clone)]
pub struct Place {
    pub(crate) dir: Arc<Path>,
    /// The segment's file while it is appended to; later ones are opened to be read.
    pub(crate) file: Option<Arc<File>>,
    /// First position of the segment.
    pub(crate) segment: Position,
    /// Whole frames, that of `position` among them, of which the first covers `from`.
    pub(crate) bytes: Range<u64>,
    pub(crate) from: Position,
    pub(crate) position: Position,
}

impl Place {
    /// Reads the frame in one call to the system and checks it.
    pub fn read(&self) -> Result<Frame, ReadError> {
        let block = self.block().map_err(|source| self.failed(source))?;
        let (mut at, mut expected) = (0, self.from);
        loop {
            let bytes = block.get(at..).unwrap_or_default();
            let (header, _) = split_first(bytes, expected).map_err(|flaw| self.damaged(at, flaw))?;
            let end = at + HEADER_BYTES + header.length as usize;
            if self.position < header.next() {
                if !checks(bytes, &header) {
                    return Err(self.damaged(at, Flaw::Checksum));
                }
                let payload = block.slice(at + HEADER_BYTES..end);
                return Ok(Frame { first: header.first, count: header.count, appended: header.appended, payload });
            }
            (at, expected) = (end, header.next());
        }
    }

    fn block(&self) -> io::Result<Bytes> {
        let length = usize::try_from(self.bytes.end - self.bytes.start).map_err(io::Error::other)?;
        let mut block = vec![0; length];
        match &self.file {
            Some(file) => file.read_exact_at(&mut block, self.bytes.start)?,
            None => File::open(self.path())?.read_exact_at(&mut block, self.bytes.start)?,
        }
        Ok(block.into())
    }

    fn path(&self) -> PathBuf {
        files::path(&self.dir, self.segment)
    }

    fn failed(&self, source: io::Error) -> ReadError {
        match source.kind() {
            io::ErrorKind::NotFound => ReadError::Gone { position: self.position },
            io::ErrorKind::UnexpectedEof => self.damaged(0, Flaw::Cut),
            _ => ReadError::Io { path: self.path(), source },
        }
    }

    fn damaged(&self, at: usize, source: Flaw) -> ReadError {
        ReadError::Damaged { path: self.path(), at: self.bytes.start + at as u64, source }
    }
}
