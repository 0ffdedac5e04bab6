//! The catalog at the start: what its journal says, and the topic that every cluster has.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use fluvio_controlplane_metadata::smartmodule::SmartModuleSpec;
use fluvio_controlplane_metadata::topic::TopicSpec;
use fluvio_types::defaults::CONSUMER_STORAGE_TOPIC;

use super::entry::Entry;
use super::{Catalog, Module, Topic};
use crate::consumers::Consumers;
use crate::data::{DataDir, DataError};
use crate::space::Space;

/// What a journal's changes make.
#[derive(Default)]
struct Known {
    topics: BTreeMap<String, (u64, TopicSpec)>,
    deleted: Vec<(String, u64)>,
    modules: BTreeMap<String, SmartModuleSpec>,
}

impl Known {
    fn apply(&mut self, change: Entry) {
        match change {
            Entry::Topic { name, number, spec } => drop(self.topics.insert(name, (number, spec))),
            Entry::TopicDeleted { name } => {
                self.deleted.extend(self.topics.remove(&name).map(|(number, _)| (name, number)));
            }
            Entry::Module { name, spec } => drop(self.modules.insert(name, spec)),
            Entry::ModuleDeleted { name } => drop(self.modules.remove(&name)),
        }
    }
}

impl Catalog {
    /// A catalog with the SPU at `spu`, the system topic that consumers with an id look for, and what `data` holds.
    pub(crate) fn open(
        spu: SocketAddr,
        space: Arc<Space>,
        data: Option<Arc<DataDir>>,
        consumers: Arc<Consumers>,
    ) -> Result<Self, DataError> {
        let catalog = Self::empty(spu, space, data, consumers);
        if let Some(data) = &catalog.data {
            catalog.restore(data)?;
        }
        if catalog.partition(CONSUMER_STORAGE_TOPIC, 0).is_none() {
            let mut spec = TopicSpec::new_computed(1, 1, None);
            spec.set_system(true);
            if let Err(error) = catalog.create_topic(CONSUMER_STORAGE_TOPIC, spec, false) {
                tracing::warn!(%error, "no system topic"); // only where the byte cap is too small for one partition
            }
        }
        Ok(catalog)
    }

    fn restore(&self, data: &DataDir) -> Result<(), DataError> {
        let (journal, changes) = data.objects()?;
        let known = known(&changes).map_err(|source| data.unusable("objects", source))?;
        let kept: BTreeSet<_> = known.topics.iter().map(|(name, (number, _))| data.topic(name, *number)).collect();
        let deleted = known.deleted.iter().map(|(name, number)| data.topic(name, *number)).collect();
        data.remove_topics_except(&kept, &deleted)?;
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        for (name, (number, spec)) in known.topics {
            let partitions = self.partitions(&name, number, &spec, 0..spec.partitions());
            let partitions = partitions.map_err(|source| data.unusable("topics", source))?;
            objects.topics.insert(name, Topic { spec, partitions, number });
        }
        for (name, spec) in known.modules {
            let space = self.space.take(spec.wasm.payload.len() as u64);
            objects.modules.insert(name, Module { spec, _space: space });
        }
        self.consumers.forget_all_but(|topic| objects.topics.contains_key(topic));
        objects.journal = Some(journal);
        Ok(())
    }
}

fn known(changes: &[Bytes]) -> std::io::Result<Known> {
    let mut known = Known::default();
    for change in changes {
        known.apply(Entry::decode(change)?);
    }
    Ok(known)
}
