//! Opening: every segment is read and checked, a torn end of the last one cut off.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::behind::sound_frame;
use crate::error::OpenError;
use crate::files;
use crate::frame::{Flaw, Position};
use crate::log::{Active, Fsync, Log, Options};
use crate::scan::{Scan, scan};
use crate::segment::Segment;

const BUFFER_BYTES: usize = 256 << 10;

/// What was cut off the end of the last segment when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub path: PathBuf,
    /// Where it ends now.
    pub at: u64,
    /// How many bytes were behind that.
    pub bytes: u64,
    /// The position that the next frame gets.
    pub next: Position,
    /// What was wrong with the first frame there.
    pub flaw: Flaw,
}

impl Log {
    /// Opens the log in `dir`, which is made if it is not there.
    pub fn open(dir: impl Into<PathBuf>, options: Options) -> Result<(Self, Option<Cut>), OpenError> {
        let dir: Arc<Path> = dir.into().into();
        fs::create_dir_all(&dir).map_err(failed("make", &dir))?;
        let mut found = files::list(&dir)?;
        let last = found.pop();
        let mut sealed = VecDeque::with_capacity(found.len());
        for first in found {
            let segment = whole(&dir, first)?;
            check_follows(&dir, sealed.back(), first)?;
            sealed.push_back(segment);
        }
        let (active, cut) = match last {
            Some(first) => {
                check_follows(&dir, sealed.back(), first)?;
                repaired(&dir, first)?
            }
            None => (begun(&dir, options.fsync)?, None),
        };
        Ok((Self::new(dir, options, sealed, active), cut))
    }
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> OpenError + 'a {
    move |source| OpenError::Io { doing, path: path.to_owned(), source }
}

fn check_follows(dir: &Path, before: Option<&Segment>, first: Position) -> Result<(), OpenError> {
    match before {
        Some(before) if before.next != first => {
            Err(OpenError::Gap { path: files::path(dir, first), expected: before.next })
        }
        Some(_) | None => Ok(()),
    }
}

/// An older segment, which must be sound to its last byte.
fn whole(dir: &Path, first: Position) -> Result<Segment, OpenError> {
    let path = files::path(dir, first);
    let file = File::open(&path).map_err(failed("open", &path))?;
    let Scan { segment, flaw } = scanned(&file, &path, first)?;
    match flaw {
        None => Ok(segment),
        Some(source) => Err(OpenError::Damaged { path, at: segment.bytes, position: segment.next, source }),
    }
}

/// The last segment, without what a writer that died left behind its frames.
fn repaired(dir: &Path, first: Position) -> Result<(Active, Option<Cut>), OpenError> {
    let path = files::path(dir, first);
    let file = files::open_last(&path).map_err(failed("open", &path))?;
    let Scan { segment, flaw } = scanned(&file, &path, first)?;
    let cut = match flaw {
        None => None,
        Some(flaw) => {
            let length = file.metadata().map_err(failed("look at", &path))?.len();
            let sound = sound_frame(&file, length, segment.bytes, segment.next).map_err(failed("read", &path))?;
            if let Some(sound) = sound {
                return Err(OpenError::DamagedInside { path, at: segment.bytes, sound, source: flaw });
            }
            file.set_len(segment.bytes).map_err(failed("cut the torn end of", &path))?;
            let bytes = length.saturating_sub(segment.bytes);
            Some(Cut { path, at: segment.bytes, bytes, next: segment.next, flaw })
        }
    };
    Ok((Active { segment, file: Arc::new(file) }, cut))
}

fn scanned(file: &File, path: &Path, first: Position) -> Result<Scan, OpenError> {
    let length = file.metadata().map_err(failed("look at", path))?.len();
    scan(&mut BufReader::with_capacity(BUFFER_BYTES, file), length, first).map_err(failed("read", path))
}

fn begun(dir: &Path, fsync: Fsync) -> Result<Active, OpenError> {
    let path = files::path(dir, Position(0));
    let file = files::create(&path).map_err(failed("make", &path))?;
    if fsync != Fsync::Never {
        files::sync_dir(dir).map_err(failed("sync", dir))?;
    }
    Ok(Active { segment: Segment::empty(Position(0)), file: Arc::new(file) })
}
