//! Small state on disk: a log of changes, replayed at the start, and begun anew when most of it is history.

use std::io;
use std::num::NonZeroU32;
use std::path::Path;

use adx_log::{AppendError, Fsync, Log, OpenError, Options, ReadError, RemoveError};
use bytes::Bytes;
use tracing::warn;

use crate::clock;

/// A journal is not begun anew before it has grown by this much.
const BYTES_GROWN_MIN: u64 = 1 << 20;

/// Why a journal was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why the changes so far were not replaced by the state they make.
#[derive(Debug, thiserror::Error)]
enum RenewError {
    #[error("cannot encode the state")]
    State { source: io::Error },
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Remove(#[from] RemoveError),
}

/// Changes in the order they were made. It is bounded by twice the state they make, or that and a mebibyte.
#[derive(Debug)]
pub(crate) struct Journal {
    log: Log,
    /// Its length at the start or when it was last begun anew.
    renewed_bytes: u64,
}

impl Journal {
    /// Opens the journal in `dir` and gives every change in it, oldest first.
    pub(crate) fn open(dir: &Path, fsync: Fsync) -> Result<(Self, Vec<Bytes>), JournalError> {
        let (log, cut) = Log::open(dir, Options { segment_bytes: u64::MAX, fsync })?;
        if let Some(cut) = cut {
            let (path, at, bytes) = (cut.path.display(), cut.at, cut.bytes);
            warn!(%path, at, bytes, why = %cut.flaw, "a torn end was cut off, as a process leaves it that dies while it writes");
        }
        let mut changes = Vec::new();
        let mut next = log.start();
        while let Some(place) = log.find(next) {
            let frame = place.read()?;
            next.0 = frame.first.0 + u64::from(frame.count.get());
            changes.push(frame.payload);
        }
        let renewed_bytes = log.bytes();
        Ok((Self { log, renewed_bytes }, changes))
    }

    /// A number that no earlier or later change has.
    pub(crate) fn next(&self) -> u64 {
        self.log.next().0
    }

    /// Writes a change down; once this returns, it survives the end of the process. `state` gives the changes that make
    /// the state before this one.
    pub(crate) fn record(
        &mut self,
        change: &[u8],
        state: impl FnOnce() -> io::Result<Vec<Vec<u8>>>,
    ) -> Result<(), AppendError> {
        if self.log.bytes() > 2 * self.renewed_bytes + BYTES_GROWN_MIN {
            let state = state().map_err(|source| RenewError::State { source });
            let renewed = state.and_then(|state| self.renew(&state));
            if let Err(error) = renewed {
                warn!(error = &error as &dyn std::error::Error, "a journal was not shortened and keeps growing");
            }
        }
        self.log.append(change, NonZeroU32::MIN, clock::now()).map(|_| ())
    }

    /// The old segments go only when the new one is whole; until then both are replayed, which makes the same state.
    fn renew(&mut self, state: &[Vec<u8>]) -> Result<(), RenewError> {
        self.log.roll()?;
        let first = self.log.next();
        for change in state {
            self.log.append(change, NonZeroU32::MIN, clock::now())?;
        }
        self.log.sync()?; // also where each append does not wait for the disk: the old ones are not there any more to fall back on
        self.log.drop_before(first)?;
        self.renewed_bytes = self.log.bytes();
        Ok(())
    }

    /// Waits until the disk has everything.
    pub(crate) fn sync(&self) -> Result<(), AppendError> {
        self.log.sync()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    /// Key and value, a byte each, and ballast.
    fn change(key: u8, value: u8) -> Vec<u8> {
        let mut change = vec![key, value];
        change.resize(100_000, 0);
        change
    }

    fn encoded(state: &BTreeMap<u8, u8>) -> Vec<Vec<u8>> {
        state.iter().map(|(key, value)| change(*key, *value)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
        #[test]
        fn the_changes_make_the_state_and_stay_bounded(changes in prop::collection::vec((0..4u8, any::<u8>()), 1..60)) {
            let dir = TempDir::new().expect("a directory");
            let mut state = BTreeMap::new();
            let mut journal = Journal::open(dir.path(), Fsync::Never).expect("opens").0;
            for (key, value) in changes {
                let number = journal.next();
                journal.record(&change(key, value), || Ok(encoded(&state))).expect("recorded");
                prop_assert!(journal.next() > number);
                state.insert(key, value);
                prop_assert!(journal.log.bytes() < 3 << 20, "four live changes and one mebibyte, twice at most");
            }
            let (reopened, replayed) = Journal::open(dir.path(), Fsync::Never).expect("opens");
            prop_assert_eq!(reopened.next(), journal.next());
            prop_assert_eq!(replayed.iter().map(|change| (change[0], change[1])).collect::<BTreeMap<_, _>>(), state);
        }
    }
}
