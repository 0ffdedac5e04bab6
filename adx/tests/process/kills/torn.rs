//! What a writer leaves that dies in the middle of a write.

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use adx_log::{Fsync, Log, Options, UnixMillis};
use tempfile::TempDir;

use super::chance::Chance;

/// Adds the beginning of one more frame, of any length, behind those of a partition.
pub fn leave_beginning_of_a_batch(data: &Path, topic: &str, partition: u32, chance: &mut Chance) {
    let segment = last_segment(&data.join("topics"), topic, partition);
    let copies = TempDir::new().unwrap();
    let copy = copies.path().join(segment.file_name().unwrap());
    fs::copy(&segment, &copy).unwrap();
    let whole = fs::metadata(&copy).unwrap().len();
    let options = Options { segment_bytes: u64::MAX, fsync: Fsync::Never };
    let (mut log, cut) = Log::open(copies.path(), options).unwrap();
    assert_eq!(cut, None, "the kill before this one left a torn end, which the start after it has cut");
    let (payload, records) = (chance.bytes(5_000), NonZeroU32::new(3).unwrap());
    log.append(&payload, records, UnixMillis(0)).unwrap();
    let longer = fs::read(&copy).unwrap();
    let end = whole + 1 + chance.below(longer.len() as u64 - whole - 1);
    fs::write(&segment, &longer[..end as usize]).unwrap();
}

fn last_segment(topics: &Path, topic: &str, partition: u32) -> PathBuf {
    let entries = |dir: &Path| fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let is_it = |dir: &PathBuf| dir.file_stem().is_some_and(|name| name == topic);
    let dir = entries(topics).into_iter().find(is_it).unwrap();
    entries(&dir.join(partition.to_string())).into_iter().max().unwrap()
}
