//! The cluster's objects: topics with their partitions, SmartModules, the one SPU. Every change raises the revision, and is
//! in the journal before it is made, where there is a data directory.

mod entry;
mod error;
mod restore;
mod rules;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use adx_log::UnixMillis;
use fluvio_controlplane_metadata::smartmodule::{SmartModulePackageKey, SmartModuleSpec};
use fluvio_controlplane_metadata::spu::{Endpoint, SpuSpec};
use fluvio_controlplane_metadata::topic::{CompressionAlgorithm, TopicSpec};
use fluvio_protocol::record::ReplicaKey;
use tokio::sync::watch;

pub(crate) use error::{CatalogError, DiskError};

use crate::SPU_ID;
use crate::consumers::Consumers;
use crate::data::{self, DataDir};
use crate::journal::Journal;
use crate::log::{Limits, OpenError, PartitionLog};
use crate::space::{Reservation, Space};
use entry::Entry;
use error::{no_room, not_opened};
use rules::{check_topic, grown};

/// One partition, led by the one SPU.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) key: ReplicaKey,
    pub(crate) compression: CompressionAlgorithm,
    pub(crate) log: PartitionLog,
}

/// A topic and its partitions, by index.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) spec: TopicSpec,
    pub(crate) partitions: Vec<Arc<Partition>>,
    /// Tells it from others that had its name.
    number: u64,
}

#[derive(Debug)]
struct Module {
    spec: SmartModuleSpec,
    _space: Reservation,
}

#[derive(Debug, Default)]
struct Objects {
    topics: BTreeMap<String, Topic>,
    modules: BTreeMap<String, Module>,
    journal: Option<Journal>,
}

/// All objects of the cluster.
#[derive(Debug)]
pub(crate) struct Catalog {
    spu: SpuSpec,
    space: Arc<Space>,
    data: Option<Arc<DataDir>>,
    consumers: Arc<Consumers>,
    objects: RwLock<Objects>,
    revision: watch::Sender<i64>,
}

impl Catalog {
    fn empty(spu: SocketAddr, space: Arc<Space>, data: Option<Arc<DataDir>>, consumers: Arc<Consumers>) -> Self {
        let public = SpuSpec::new_public_addr(SPU_ID, spu.port(), spu.ip().to_string()).set_custom();
        let private_endpoint = Endpoint::from_port_host(spu.port(), spu.ip().to_string());
        Self {
            spu: SpuSpec { private_endpoint, ..public },
            space,
            data,
            consumers,
            objects: RwLock::default(),
            revision: watch::Sender::new(1),
        }
    }

    pub(crate) fn spu(&self) -> &SpuSpec {
        &self.spu
    }

    /// Changes whenever an object does.
    pub(crate) fn revision(&self) -> watch::Receiver<i64> {
        self.revision.subscribe()
    }

    /// Creates a topic, or with `dry_run` only says whether it could be.
    pub(crate) fn create_topic(&self, name: &str, spec: TopicSpec, dry_run: bool) -> Result<(), CatalogError> {
        check_topic(name, &spec)?;
        self.change(|objects| {
            if objects.topics.contains_key(name) {
                return Err(CatalogError::TopicExists { name: name.to_owned() });
            }
            if !dry_run {
                let number = objects.journal.as_ref().map_or(0, Journal::next);
                let partitions = self.partitions(name, number, &spec, 0..spec.partitions())?;
                objects.record(Entry::Topic { name: name.to_owned(), number, spec: spec.clone() })?;
                objects.topics.insert(name.to_owned(), Topic { spec, partitions, number });
            }
            Ok(())
        })
    }

    /// New logs for a topic, or those that are there under its number.
    fn partitions(
        &self,
        topic: &str,
        number: u64,
        spec: &TopicSpec,
        indexes: std::ops::Range<u32>,
    ) -> Result<Vec<Arc<Partition>>, CatalogError> {
        let dir = self.data.as_ref().map(|data| (data.topic(topic, number), &data.space));
        let partition = |index: u32| {
            let limits = Limits::of(spec);
            let log = match &dir {
                Some((dir, disk)) => PartitionLog::on_disk(dir.join(index.to_string()), &self.space, disk, limits)?,
                None => PartitionLog::in_memory(&self.space, limits)?,
            };
            let compression = spec.get_compression_type().clone();
            Ok(Arc::new(Partition { key: ReplicaKey::new(topic, index), compression, log }))
        };
        indexes.map(partition).collect::<Result<_, OpenError>>().map_err(|error| not_opened(topic, error))
    }

    /// Gives a topic `count` partitions more. Where keys decide, records of one key go elsewhere from then on.
    pub(crate) fn add_partitions(&self, name: &str, count: u32) -> Result<(), CatalogError> {
        self.change(|objects| {
            let missing = || CatalogError::NoTopic { name: name.to_owned() };
            let Topic { spec: before, number, .. } = objects.topics.get(name).ok_or_else(missing)?;
            let (spec, number) = (grown(name, before, count)?, *number);
            let added = self.partitions(name, number, &spec, before.partitions()..spec.partitions())?;
            objects.record(Entry::Topic { name: name.to_owned(), number, spec: spec.clone() })?;
            let topic = objects.topics.get_mut(name).ok_or_else(missing)?;
            topic.partitions.extend(added);
            topic.spec = spec;
            Ok(())
        })
    }

    /// Deletes a topic and its data; the cluster's own only by `force`.
    pub(crate) fn delete_topic(&self, name: &str, force: bool) -> Result<(), CatalogError> {
        let topic = self.change(|objects| match objects.topics.get(name) {
            None => Err(CatalogError::NoTopic { name: name.to_owned() }),
            Some(topic) if topic.spec.is_system() && !force => Err(CatalogError::SystemTopic { name: name.to_owned() }),
            Some(_) => {
                objects.record(Entry::TopicDeleted { name: name.to_owned() })?;
                self.consumers.forget(name);
                Ok(objects.topics.remove(name))
            }
        })?;
        let Some(topic) = topic else { return Ok(()) };
        for partition in &topic.partitions {
            if let Err(error) = partition.log.delete() {
                tracing::warn!(partition = %partition.key, %error, "files of a deleted topic stay until the next start");
            }
        }
        if let Some(data) = &self.data {
            data::remove_topic(&data.topic(name, topic.number));
        }
        Ok(())
    }

    /// Stores a SmartModule under its package's id or else `name`; an earlier one of that name is replaced.
    pub(crate) fn put_module(&self, name: &str, spec: SmartModuleSpec) -> Result<String, CatalogError> {
        let name = match &spec.meta {
            Some(meta) if !meta.package.is_valid() => {
                return Err(CatalogError::Module {
                    name: name.to_owned(),
                    reason: "its package has no name".to_owned(),
                });
            }
            Some(meta) => meta.store_id(),
            None => name.to_owned(),
        };
        let space = self.space.reserve(spec.wasm.payload.len() as u64).map_err(|source| no_room(&name, source))?;
        self.change(|objects| {
            objects.record(Entry::Module { name: name.clone(), spec: spec.clone() })?;
            objects.modules.insert(name.clone(), Module { spec, _space: space });
            Ok(name)
        })
    }

    /// Deletes a SmartModule; streams that run it go on.
    pub(crate) fn delete_module(&self, name: &str) -> Result<(), CatalogError> {
        let key = package_key(name)?.store_id();
        self.change(|objects| {
            if !objects.modules.contains_key(&key) {
                return Err(CatalogError::NoModule { name: name.to_owned() });
            }
            objects.record(Entry::ModuleDeleted { name: key.clone() })?;
            objects.modules.remove(&key);
            Ok(())
        })
    }

    /// The stored, gzipped bytes of the module that `name`, plain or as `group/name@version`, stands for.
    pub(crate) fn module_payload(&self, name: &str) -> Result<Vec<u8>, CatalogError> {
        let wanted = package_key(name)?;
        self.read(|objects| {
            let mut modules = objects.modules.iter();
            let found =
                modules.find(|(key, module)| wanted.is_match(key, module.spec.meta.as_ref().map(|meta| &meta.package)));
            let missing = || CatalogError::NoModule { name: name.to_owned() };
            found.map(|(_, module)| module.spec.wasm.payload.to_vec()).ok_or_else(missing)
        })
    }

    /// Every SmartModule by name.
    pub(crate) fn modules(&self) -> Vec<(String, SmartModuleSpec)> {
        self.read(|objects| objects.modules.iter().map(|(name, module)| (name.clone(), module.spec.clone())).collect())
    }

    /// Every topic by name.
    pub(crate) fn topics(&self) -> Vec<(String, Topic)> {
        self.read(|objects| objects.topics.iter().map(|(name, topic)| (name.clone(), topic.clone())).collect())
    }

    /// One partition.
    pub(crate) fn partition(&self, topic: &str, index: u32) -> Option<Arc<Partition>> {
        self.read(|objects| objects.topics.get(topic)?.partitions.get(index as usize).cloned())
    }

    /// Does what must not outlive the partition: a topic that comes later under its name is another one.
    pub(crate) fn while_there<T>(&self, partition: &Arc<Partition>, act: impl FnOnce() -> T) -> Option<T> {
        self.read(|objects| {
            let topic = objects.topics.get(&partition.key.topic)?;
            let there = topic.partitions.get(partition.key.partition as usize)?;
            Arc::ptr_eq(there, partition).then(act)
        })
    }

    /// Gives up everywhere what topics do not keep at `now`.
    pub(crate) fn clean(&self, now: UnixMillis) {
        for (_, topic) in self.topics() {
            for partition in topic.partitions {
                if let Err(error) = partition.log.clean(now) {
                    tracing::warn!(partition = %partition.key, %error, "old segments stay until the next attempt");
                }
            }
        }
    }

    /// Waits until the disk has everything.
    pub(crate) fn sync(&self) -> Result<(), adx_log::AppendError> {
        self.read(|objects| objects.journal.as_ref().map_or(Ok(()), Journal::sync))?;
        self.topics().iter().flat_map(|(_, topic)| &topic.partitions).try_for_each(|partition| partition.log.sync())
    }

    fn read<T>(&self, look: impl FnOnce(&Objects) -> T) -> T {
        look(&self.objects.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, apply: impl FnOnce(&mut Objects) -> Result<T, CatalogError>) -> Result<T, CatalogError> {
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        let done = apply(&mut objects)?;
        self.revision.send_modify(|revision| *revision += 1);
        Ok(done)
    }
}

impl Objects {
    /// Writes a change down, if there is where.
    fn record(&mut self, change: Entry) -> Result<(), CatalogError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let (Entry::Topic { name, .. }
        | Entry::TopicDeleted { name }
        | Entry::Module { name, .. }
        | Entry::ModuleDeleted { name }) = &change;
        let failed = |source| CatalogError::Disk { name: name.clone(), source };
        let bytes = change.encode().map_err(|source| failed(DiskError::Encode { source }))?;
        let (topics, modules) = (&self.topics, &self.modules);
        let state = || {
            let topics = topics.iter().map(|(name, topic)| Entry::Topic {
                name: name.clone(),
                number: topic.number,
                spec: topic.spec.clone(),
            });
            let modules =
                modules.iter().map(|(name, module)| Entry::Module { name: name.clone(), spec: module.spec.clone() });
            topics.chain(modules).map(|entry| entry.encode()).collect()
        };
        journal.record(&bytes, state).map_err(|source| failed(source.into()))
    }
}

fn package_key(name: &str) -> Result<SmartModulePackageKey, CatalogError> {
    SmartModulePackageKey::from_qualified_name(name)
        .map_err(|error| CatalogError::Module { name: name.to_owned(), reason: error.to_string() })
}
