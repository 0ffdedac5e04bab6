//! An append-only log of byte frames in segment files: checksummed, repaired at its end, trimmed at its front.
//!
//! A frame covers one or more *positions*; positions are numbered without gaps from 0, so that a frame may be a batch of
//! records. One directory is one log with one writer; who shares a directory between processes needs a lock of their own.
//!
//! # What survives
//! [`Group::commit`] returns when the kernel has the bytes: they survive the end of the process, `kill -9` included, since
//! the page cache is not the process's. They survive a power cut only where [`Fsync`] says so.
//!
//! # What opening repairs, and what it refuses
//! A writer that dies leaves at most a torn end in the last segment: [`Log::open`] cuts that segment at its first frame
//! that does not check, and says what it cut ([`Cut`]), unless a sound frame lies behind that. Then it is damage, as every
//! flaw in an older segment is, which was whole when the next was begun: an [`OpenError`] that names file and byte. A frame
//! that goes bad later is a [`ReadError`]. Nothing is skipped.
//!
//! # What is bounded
//! Memory: the index, at most 16 bytes for every 4096 on disk, and one group under way. Disk: what [`Log::retain`] and
//! [`Log::drop_before`] leave. Opening reads every segment once.

mod behind;
mod error;
mod files;
mod frame;
mod group;
mod index;
mod log;
mod open;
mod read;
mod retention;
mod scan;
mod segment;

pub use error::{AppendError, OpenError, ReadError, RemoveError};
pub use frame::{Flaw, HEADER_BYTES, Position, UnixMillis};
pub use group::Group;
pub use log::{Fsync, Log, Options};
pub use open::Cut;
pub use read::{Frame, Place};
pub use retention::{Retention, Sealed};
