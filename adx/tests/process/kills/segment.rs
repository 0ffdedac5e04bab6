//! The file that a partition is written to, seen from outside.

use std::fs;
use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use adx_log::{Fsync, Log, Options, UnixMillis};
use tempfile::TempDir;

use super::chance::Chance;

/// The files of one partition.
#[derive(Debug, Clone)]
pub struct Segments(PathBuf);

impl Segments {
    pub fn of(data: &Path, topic: &str, partition: u32) -> Self {
        let is_it = |dir: &PathBuf| dir.file_stem().is_some_and(|name| name == topic);
        let dir = entries(&data.join("topics")).unwrap().into_iter().find(is_it).unwrap();
        Self(dir.join(partition.to_string()))
    }

    fn last(&self) -> PathBuf {
        entries(&self.0).unwrap().into_iter().max().unwrap()
    }

    /// Name and length of the one that is written to.
    pub fn end(&self) -> (PathBuf, u64) {
        let last = self.last();
        let length = fs::metadata(&last).unwrap().len();
        (last, length)
    }

    /// Adds the beginning of one more frame, of any length, behind the last: what a writer leaves that dies in the middle of a
    /// write.
    pub fn leave_beginning_of_a_batch(&self, chance: &mut Chance) {
        let segment = self.last();
        let copies = TempDir::new().unwrap();
        let copy = copies.path().join(segment.file_name().unwrap());
        fs::copy(&segment, &copy).unwrap();
        let options = Options { segment_bytes: u64::MAX, fsync: Fsync::Never };
        let mut log = Log::open(copies.path(), options).unwrap().0;
        let whole = fs::metadata(&copy).unwrap().len();
        let (payload, records) = (chance.bytes(5_000), NonZeroU32::new(3).unwrap());
        log.append(&payload, records, UnixMillis(0)).unwrap();
        let longer = fs::read(&copy).unwrap();
        let end = whole + 1 + chance.below(longer.len() as u64 - whole - 1);
        fs::write(&segment, &longer[..end as usize]).unwrap();
    }
}

fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect()
}
