//! What can go wrong, with file and byte.

use std::io;
use std::path::PathBuf;

use crate::frame::{Flaw, Position};

/// Why a log was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file in it cannot be used.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that looks like a segment of another version of this format.
    #[error("{} is no segment that this version can read: move it away, or use the program that wrote it", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// A segment before the last one is not as it was written.
    #[error("{} is damaged at byte {at}, behind position {}: restore it, or move it and all older ones away", path.display(), position.0)]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where its sound frames end.
        at: u64,
        /// The position that should follow there.
        position: Position,
        /// What is wrong with the frame there.
        source: Flaw,
    },
    /// The last segment is not as it was written, and more than its end.
    #[error("{} is damaged at byte {at} and sound again at byte {sound}: restore it, or give up what is behind the damage (truncate -s {at})", path.display())]
    DamagedInside {
        /// The segment.
        path: PathBuf,
        /// Where its sound frames end.
        at: u64,
        /// Where a sound frame begins behind that.
        sound: u64,
        /// What is wrong with the frame at `at`.
        source: Flaw,
    },
    /// A segment does not begin where the one before it ends.
    #[error("{} should begin at position {}: restore the segment before it, or move all older ones away", path.display(), expected.0)]
    Gap {
        /// The later segment.
        path: PathBuf,
        /// Where the earlier one ends.
        expected: Position,
    },
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A file could not be written, made or synced. A later attempt may succeed: what was written in part is cut off first.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A frame holds at most 4 GiB.
    #[error("a frame of {bytes} bytes is longer than {}", u32::MAX)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Positions are used up.
    #[error("there are no positions after {}", next.0)]
    Full {
        /// The next one.
        next: Position,
    },
    /// The caller could not write the payload.
    #[error("cannot encode a payload")]
    Payload {
        /// What it said.
        source: io::Error,
    },
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its segment was removed since it was looked up.
    #[error("position {} is no longer kept", position.0)]
    Gone {
        /// What was looked for.
        position: Position,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The segment.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The frame is not as it was written.
    #[error("{} is damaged at byte {at}: restore it, or move it and all older ones away", path.display())]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where the bad frame begins.
        at: u64,
        /// What is wrong with it.
        source: Flaw,
    },
}

/// A segment could not be removed; it stays, and so do later ones.
#[derive(Debug, thiserror::Error)]
#[error("cannot remove {}", path.display())]
pub struct RemoveError {
    /// The file or directory.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}
