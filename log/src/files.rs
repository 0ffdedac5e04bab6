//! Segment files: their names, and the few calls that touch a directory.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::OpenError;
use crate::frame::Position;

/// The digit is the version of the frame format: another one is another ending.
const ENDING: &str = ".log1";
const DIGITS: usize = 20;

/// The file of the segment that begins at `first`.
pub(crate) fn path(dir: &Path, first: Position) -> PathBuf {
    dir.join(format!("{:0width$}{ENDING}", first.0, width = DIGITS))
}

/// The first position that a file name stands for, or whether it looks like one and is not.
fn first_of(name: &str) -> Result<Option<Position>, ()> {
    match name.strip_suffix(ENDING) {
        Some(digits) if digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().map(|first| Some(Position(first))).map_err(|_| ())
        }
        Some(_) => Err(()),
        None if name.rsplit_once('.').is_some_and(|(_, ending)| ending.starts_with("log")) => Err(()),
        None => Ok(None),
    }
}

/// Where the segments in `dir` begin, in order; other files are none of ours.
pub(crate) fn list(dir: &Path) -> Result<Vec<Position>, OpenError> {
    let failed = |source| OpenError::Io { doing: "list", path: dir.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let first = entry.file_name().to_str().map_or(Ok(None), first_of);
        found.extend(first.map_err(|()| OpenError::Unknown { path: entry.path() })?);
    }
    found.sort_unstable();
    Ok(found)
}

/// Makes the segment's file; one that a failed attempt left is begun anew.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)
}

/// Opens the last segment to go on with it.
pub(crate) fn open_last(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Makes names in `dir` last over a power cut.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes a file; one that is gone already is as good.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_positions_and_sort_as_they_do() {
        let rows = [
            ("00000000000000000000.log1", Ok(Some(Position(0)))),
            ("18446744073709551615.log1", Ok(Some(Position(u64::MAX)))),
            ("18446744073709551616.log1", Err(())),
            ("7.log1", Err(())),
            ("00000000000000000000.log2", Err(())),
            ("notes.txt", Ok(None)),
            ("lock", Ok(None)),
        ];
        for (name, first) in rows {
            assert_eq!(first_of(name), first, "{name}");
        }
        let name = path(Path::new("d"), Position(42));
        assert_eq!(name, Path::new("d/00000000000000000042.log1"));
    }
}
