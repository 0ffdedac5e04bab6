//! Random small whole inputs: directories as files in memory, of tiny alphabets, so that every rule is met often.
//!
//! All of it is within what `oracle.py` can judge. Records keep their fields until they are written, so that an input can be
//! rearranged: shuffled, split, or given twice.

mod alphabet;
mod arrange;
mod bid;
mod catalogue;
mod impression;
mod spelling;
mod tracked;

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::{fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

pub use bid::{Bid, BidFile};
pub use impression::{Impression, LineFile};
pub use spelling::Spelling;
pub use tracked::{RowFile, Tracked};

/// How much goes wrong in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Everything, also what depends on the order of the records: conflicts, quotes that never close, headers of all kinds.
    Wild,
    /// Records may be malformed, but each by itself: any order and any arrangement into files means the same.
    Tame,
}

impl Mood {
    /// Raw lines that a file of this mood may hold.
    fn lines(self, tame: &[&'static [u8]], wild: &[&'static [u8]]) -> Vec<&'static [u8]> {
        match self {
            Mood::Wild => [tame, wild].concat(),
            Mood::Tame => tame.to_vec(),
        }
    }
}

/// A record, or bytes that stand where one could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<R> {
    Record(R, Spelling),
    Raw(Vec<u8>),
}

/// One input directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The whole of `campaigns.csv`.
    pub catalogue: Vec<u8>,
    pub impressions: Vec<LineFile>,
    pub clicks: Vec<RowFile>,
    pub bids: Vec<BidFile>,
}

/// A relative path as bytes, and what the file holds.
pub type InputFile = (Vec<u8>, Vec<u8>);

impl Input {
    /// The files as they are to be written.
    pub fn files(&self) -> Vec<InputFile> {
        let mut files = vec![(b"campaigns.csv".to_vec(), self.catalogue.clone())];
        files.extend(self.impressions.iter().map(|file| named("impressions", &file.name, file.bytes())));
        files.extend(self.clicks.iter().map(|file| named("clicks", &file.name, file.bytes())));
        files.extend(self.bids.iter().map(|file| named("bids", &file.name, file.bytes())));
        files
    }

    /// Writes the directory.
    pub fn write_to(&self, dir: &Path) -> io::Result<()> {
        write_files(&self.files(), dir)
    }
}

/// Writes files below a directory, and the folders they need.
pub fn write_files(files: &[InputFile], dir: &Path) -> io::Result<()> {
    for (name, bytes) in files {
        let path = dir.join(OsStr::from_bytes(name));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}

fn named(folder: &str, name: &str, bytes: Vec<u8>) -> InputFile {
    let bytes = if name.ends_with(".gz") { gzip(&bytes) } else { bytes };
    (format!("{folder}/{name}").into_bytes(), bytes)
}

/// Two gzip members where there is something to split, for a reader must take all.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let mut out = Vec::new();
    for member in [head, tail] {
        let mut encoder = GzEncoder::new(&mut out, Compression::fast());
        encoder.write_all(member).and_then(|()| encoder.finish().map(|_| ())).expect("a vector takes every write");
    }
    out
}

/// Random inputs.
pub fn input(mood: Mood) -> impl Strategy<Value = Input> {
    let parts = alphabet::instants().prop_flat_map(move |at| {
        (catalogue::catalogue(&at), impression::files(mood, &at), tracked::files(mood, &at), bid::files(mood, &at))
    });
    parts.prop_map(|(catalogue, impressions, clicks, bids)| Input { catalogue, impressions, clicks, bids })
}

/// Bytes that stand as they are, once in a while.
fn raw<R: std::fmt::Debug>(lines: &[&'static [u8]]) -> impl Strategy<Value = Item<R>> + use<R> {
    prop::sample::select(lines.to_vec()).prop_map(|line| Item::Raw(line.to_vec()))
}

/// Up to `records_max` items drawn from a pool, each with a spelling of its own, and now and then raw bytes between.
fn items<R: Clone + std::fmt::Debug + 'static>(
    pool: Vec<R>,
    lines: &[&'static [u8]],
    records_max: usize,
) -> impl Strategy<Value = Vec<Item<R>>> + use<R> {
    let record = (prop::sample::select(pool), any::<u64>()).prop_map(|(r, seed)| Item::Record(r, Spelling::new(seed)));
    let item = prop_oneof![10 => record.boxed(), 1 => raw(lines).boxed()];
    prop::collection::vec(item, 0..=records_max)
}

/// The first record of each identity alone, so that no two contradict each other.
fn without_conflicts<R, K: Ord>(pool: Vec<R>, identity: impl Fn(&R) -> K) -> Vec<R> {
    let mut seen = std::collections::BTreeSet::new();
    pool.into_iter().filter(|record| seen.insert(identity(record))).collect()
}
