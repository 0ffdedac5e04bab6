//! Offsets that consumers committed: the last one written per consumer and partition.

mod entry;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::{Offset, ReplicaKey};
use fluvio_spu_schema::server::consumer_offset::{ConsumerOffset, FilterOpts};

use crate::catalog::Catalog;
use crate::clock;
use crate::data::{DataDir, DataError};
use crate::journal::Journal;
use crate::space::{Reservation, Space};
use entry::Entry;

/// Bytes charged for an entry beside its consumer's id.
const BYTES_PER_ENTRY: u64 = 256;

/// Every committed offset.
#[derive(Debug)]
pub(crate) struct Consumers {
    space: Arc<Space>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    committed: BTreeMap<(ReplicaKey, String), Committed>,
    journal: Option<Journal>,
}

#[derive(Debug)]
struct Committed {
    offset: Offset,
    modified_secs: u64,
    _space: Reservation,
}

impl Consumers {
    /// Those in `data`, or none.
    pub(crate) fn open(space: Arc<Space>, data: Option<&DataDir>) -> Result<Self, DataError> {
        let mut state = State::default();
        if let Some(data) = data {
            let (journal, changes) = data.consumers()?;
            state.replay(&changes, &space).map_err(|source| data.unusable("consumer offsets", source))?;
            state.journal = Some(journal);
        }
        Ok(Self { space, state: Mutex::new(state) })
    }

    /// Keeps `offset`, the last one consumed.
    pub(crate) fn put(&self, partition: ReplicaKey, consumer: String, offset: Offset) -> Result<(), ErrorCode> {
        let space = self.space.reserve(BYTES_PER_ENTRY + consumer.len() as u64);
        let space = space.map_err(|no_room| ErrorCode::Other(no_room.to_string()))?;
        let modified_secs = clock::now().0 / 1000;
        let mut state = self.state();
        let change = Entry::Committed { partition, consumer, offset, modified_secs };
        state.record(&change).map_err(not_stored)?;
        state.apply(change, space);
        Ok(())
    }

    pub(crate) fn delete(&self, partition: ReplicaKey, consumer: String) -> Result<(), ErrorCode> {
        let mut state = self.state();
        let key = (partition, consumer);
        if state.committed.contains_key(&key) {
            let (partition, consumer) = key.clone();
            state.record(&Entry::Deleted { partition, consumer }).map_err(not_stored)?;
            state.committed.remove(&key);
        }
        Ok(())
    }

    /// Drops the offsets of topics that are not there: their deletion was cut short.
    pub(crate) fn forget_all_but(&self, is_there: impl Fn(&str) -> bool) {
        let topics: BTreeSet<_> = self.state().committed.keys().map(|(partition, _)| partition.topic.clone()).collect();
        topics.iter().filter(|topic| !is_there(topic)).for_each(|topic| self.forget(topic));
    }

    /// Drops the offsets of a topic that is deleted: one of the same name begins anew.
    pub(crate) fn forget(&self, topic: &str) {
        let mut state = self.state();
        if state.committed.keys().any(|(partition, _)| partition.topic == topic) {
            if let Err(error) = state.record(&Entry::TopicDeleted { topic: topic.to_owned() }) {
                tracing::warn!(topic, %error, "after a restart, consumers of a new topic of this name go on where they were");
            }
            state.committed.retain(|(partition, _), _| partition.topic != topic);
        }
    }

    /// The entries that `filter` lets through and whose partition still exists.
    pub(crate) fn find(&self, filter: Option<&FilterOpts>, catalog: &Catalog) -> Vec<ConsumerOffset> {
        let wanted = |partition: &ReplicaKey, consumer: &String| {
            filter.is_none_or(|filter| {
                filter.replica_id.as_ref().is_none_or(|wanted| wanted == partition)
                    && filter.consumer_id.as_ref().is_none_or(|wanted| wanted == consumer)
            })
        };
        let offsets = |((partition, consumer), committed): (&(ReplicaKey, String), &Committed)| {
            wanted(partition, consumer)
                .then(|| ConsumerOffset::new(consumer, partition.clone(), committed.offset, committed.modified_secs))
        };
        let mut found: Vec<_> = self.state().committed.iter().filter_map(offsets).collect();
        found.retain(|offset| catalog.partition(&offset.replica_id.topic, offset.replica_id.partition).is_some());
        found
    }

    /// Waits until the disk has everything.
    pub(crate) fn sync(&self) -> Result<(), adx_log::AppendError> {
        self.state().journal.as_ref().map_or(Ok(()), Journal::sync)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is there already is counted, but never too much.
    fn replay(&mut self, changes: &[Bytes], space: &Arc<Space>) -> std::io::Result<()> {
        for change in changes {
            match Entry::decode(change)? {
                Entry::Deleted { partition, consumer } => drop(self.committed.remove(&(partition, consumer))),
                Entry::TopicDeleted { topic } => self.committed.retain(|(partition, _), _| partition.topic != topic),
                change @ Entry::Committed { .. } => self.apply(change, space.take(BYTES_PER_ENTRY)),
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: Entry, space: Reservation) {
        if let Entry::Committed { partition, consumer, offset, modified_secs } = change {
            self.committed.insert((partition, consumer), Committed { offset, modified_secs, _space: space });
        }
    }

    fn record(&mut self, change: &Entry) -> Result<(), RecordError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let bytes = change.encode().map_err(|source| RecordError::Encode { source })?;
        let committed = &self.committed;
        let state = || {
            let entry = |((partition, consumer), committed): (&(ReplicaKey, String), &Committed)| Entry::Committed {
                partition: partition.clone(),
                consumer: consumer.clone(),
                offset: committed.offset,
                modified_secs: committed.modified_secs,
            };
            committed.iter().map(|kept| entry(kept).encode()).collect()
        };
        Ok(journal.record(&bytes, state)?)
    }
}

#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error("cannot encode a consumer offset")]
    Encode { source: std::io::Error },
    #[error(transparent)]
    Journal(#[from] adx_log::AppendError),
}

fn not_stored(error: RecordError) -> ErrorCode {
    tracing::warn!(error = &error as &dyn std::error::Error, "a consumer offset was not stored");
    ErrorCode::StorageError
}
