//! Offsets that consumers committed: the last one written per consumer and partition.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::{Offset, ReplicaKey};
use fluvio_spu_schema::server::consumer_offset::{ConsumerOffset, FilterOpts};

use crate::catalog::Catalog;
use crate::space::{Reservation, Space};

/// Bytes charged for an entry beside its consumer's id.
const BYTES_PER_ENTRY: u64 = 256;

/// Every committed offset.
#[derive(Debug)]
pub(crate) struct Consumers {
    space: Arc<Space>,
    entries: Mutex<BTreeMap<(ReplicaKey, String), Entry>>,
}

#[derive(Debug)]
struct Entry {
    offset: Offset,
    modified_secs: u64,
    _space: Reservation,
}

impl Consumers {
    pub(crate) fn new(space: Arc<Space>) -> Self {
        Self { space, entries: Mutex::default() }
    }

    /// Keeps `offset`, the last one consumed.
    pub(crate) fn put(&self, partition: ReplicaKey, consumer: String, offset: Offset) -> Result<(), ErrorCode> {
        let space = self.space.reserve(BYTES_PER_ENTRY + consumer.len() as u64);
        let space = space.map_err(|no_room| ErrorCode::Other(no_room.to_string()))?;
        let entry = Entry { offset, modified_secs: now_secs(), _space: space };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert((partition, consumer), entry);
        Ok(())
    }

    pub(crate) fn delete(&self, partition: ReplicaKey, consumer: String) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(&(partition, consumer));
    }

    /// The entries that `filter` lets through and whose partition still exists; those of deleted topics are dropped.
    pub(crate) fn find(&self, filter: Option<&FilterOpts>, catalog: &Catalog) -> Vec<ConsumerOffset> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(partition, _), _| catalog.partition(&partition.topic, partition.partition).is_some());
        let wanted = |partition: &ReplicaKey, consumer: &String| {
            filter.is_none_or(|filter| {
                filter.replica_id.as_ref().is_none_or(|wanted| wanted == partition)
                    && filter.consumer_id.as_ref().is_none_or(|wanted| wanted == consumer)
            })
        };
        let found = entries.iter().filter(|((partition, consumer), _)| wanted(partition, consumer));
        found
            .map(|((partition, consumer), entry)| {
                ConsumerOffset::new(consumer, partition.clone(), entry.offset, entry.modified_secs)
            })
            .collect()
    }
}

// Shown to people by `fluvio consumer list`, no result depends on it.
#[expect(clippy::disallowed_methods)]
fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
