//! The directory a stand-in keeps its data in.
//!
//! | in it | what |
//! | --- | --- |
//! | `lock` | held by the one process that uses the directory |
//! | `objects/` | journal of topics and SmartModules |
//! | `consumers/` | journal of consumer offsets |
//! | `topics/NAME.NUMBER/PARTITION/` | one log each; the number tells a topic from an earlier one of its name |

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adx_log::Fsync;
use bytes::Bytes;
use tracing::warn;

use crate::journal::{Journal, JournalError};
use crate::space::Space;

const OBJECTS: &str = "objects";

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process has it.
    #[error("{} is in use by another process: end that, or take another directory", dir.display())]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// A file or directory cannot be used.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A log in it is damaged, or cannot be read.
    #[error("cannot open the {what} in {}", dir.display())]
    Log {
        /// What the log holds.
        what: &'static str,
        /// The data directory.
        dir: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Records of a topic that is not known: the journal of topics is not the one they were written with.
    #[error("{} holds records, and {} names no such topic: restore that, or move the records away", path.display(), objects.display())]
    Stray {
        /// The topic's directory.
        path: PathBuf,
        /// The journal's.
        objects: PathBuf,
    },
}

/// A data directory of this process.
#[derive(Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
    lock: File,
    /// Counts what is on disk; journals aside, which bound themselves.
    pub(crate) space: Arc<Space>,
}

impl DataDir {
    /// Makes the directory if it is not there, and takes it.
    pub(crate) fn open(root: &Path, max_bytes: u64) -> Result<Self, DataError> {
        fs::create_dir_all(root).map_err(failed("make", root))?;
        let path = root.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(failed("open", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::InUse { dir: root.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        Ok(Self { root: root.to_owned(), lock, space: Arc::new(Space::new(max_bytes)) })
    }

    /// Topics and SmartModules: changes are few, and a directory of a topic that the journal does not name is removed, so
    /// each change is on the disk before it is acknowledged.
    pub(crate) fn objects(&self) -> Result<(Journal, Vec<Bytes>), DataError> {
        self.journal(OBJECTS, Fsync::EachAppend)
    }

    /// Consumer offsets: a power cut may cost the latest, as the records they point to.
    pub(crate) fn consumers(&self) -> Result<(Journal, Vec<Bytes>), DataError> {
        self.journal("consumers", Fsync::AtRoll)
    }

    fn journal(&self, what: &'static str, fsync: Fsync) -> Result<(Journal, Vec<Bytes>), DataError> {
        Journal::open(&self.root.join(what), fsync).map_err(|source: JournalError| self.unusable(what, source))
    }

    /// An error about a log that cannot be opened.
    pub(crate) fn unusable<E>(&self, what: &'static str, source: E) -> DataError
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        DataError::Log { what, dir: self.root.clone(), source: Box::new(source) }
    }

    /// Where the partitions of a topic are, each under its index.
    pub(crate) fn topic(&self, name: &str, number: u64) -> PathBuf {
        self.root.join("topics").join(format!("{name}.{number}"))
    }

    /// Removes what creations and deletions that were cut short have left: what is neither `kept` nor `deleted` holds nothing.
    pub(crate) fn remove_topics_except(
        &self,
        kept: &BTreeSet<PathBuf>,
        deleted: &BTreeSet<PathBuf>,
    ) -> Result<(), DataError> {
        let topics = self.root.join("topics");
        fs::create_dir_all(&topics).map_err(failed("make", &topics))?;
        for entry in fs::read_dir(&topics).map_err(failed("list", &topics))? {
            let path = entry.map_err(failed("list", &topics))?.path();
            if kept.contains(&path) {
                continue;
            }
            if !deleted.contains(&path) && holds_bytes(&path).map_err(failed("look into", &path))? {
                return Err(DataError::Stray { path, objects: self.root.join(OBJECTS) });
            }
            warn!(path = %path.display(), "removing the rest of a topic that is not there");
            remove(&path).map_err(failed("remove", &path))?;
        }
        Ok(())
    }

    /// Lets another stand-in of this process have it; called when nothing is written any more.
    pub(crate) fn release(&self) {
        if let Err(error) = self.lock.unlock() {
            warn!(dir = %self.root.display(), %error, "the data directory stays locked until this process ends");
        }
    }
}

/// Removes a data directory that no process uses, if it is there.
pub fn remove_data(root: &Path) -> Result<(), DataError> {
    if !root.try_exists().map_err(failed("look for", root))? {
        return Ok(());
    }
    let _taken = DataDir::open(root, 0)?;
    fs::remove_dir_all(root).map_err(failed("remove", root))
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> DataError + 'a {
    move |source| DataError::Io { doing, path: path.to_owned(), source }
}

/// Whether any file in it has content.
fn holds_bytes(path: &Path) -> io::Result<bool> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Ok(found.len() > 0);
    }
    for entry in fs::read_dir(path)? {
        if holds_bytes(&entry?.path())? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes a file, or a directory and what is in it.
fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

/// Removes what is left of a topic's directory once its logs are gone; what cannot be removed goes at the next start.
pub(crate) fn remove_topic(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir)
        && error.kind() != io::ErrorKind::NotFound
    {
        warn!(path = %dir.display(), %error, "the rest of a deleted topic could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_directory_has_one_owner_at_a_time() {
        let dir = TempDir::new().expect("a directory");
        let first = DataDir::open(dir.path(), 0).expect("free");
        assert!(matches!(DataDir::open(dir.path(), 0), Err(DataError::InUse { .. })));
        assert!(matches!(remove_data(dir.path()), Err(DataError::InUse { .. })));
        first.release();
        DataDir::open(dir.path(), 0).expect("free again").release();
        remove_data(dir.path()).expect("removed");
        assert!(!dir.path().exists());
        remove_data(dir.path()).expect("nothing to remove");
    }

    #[test]
    fn only_the_topics_that_are_named_stay_and_records_of_others_are_refused() {
        let root = TempDir::new().expect("a directory");
        let data = DataDir::open(root.path(), 0).expect("free");
        let [kept, deleted, begun, stray] = [3, 1, 5, 4].map(|number| data.topic("same", number));
        let holding = |dir: &Path, bytes: &[u8]| {
            fs::create_dir_all(dir.join("0")).expect("made");
            fs::write(dir.join("0").join("segment"), bytes).expect("written");
        };
        [&kept, &deleted].iter().for_each(|dir| holding(dir, b"records"));
        holding(&begun, b"");
        let clear = || data.remove_topics_except(&BTreeSet::from([kept.clone()]), &BTreeSet::from([deleted.clone()]));
        clear().expect("removed");
        assert_eq!([&kept, &deleted, &begun].map(|dir| dir.exists()), [true, false, false]);
        holding(&stray, b"records");
        assert!(matches!(clear(), Err(DataError::Stray { path, .. }) if path == stray));
        assert!(stray.exists());
    }
}
