//! The cluster's objects: topics with their partitions, SmartModules, the one SPU. Every change raises the revision.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use fluvio_controlplane_metadata::smartmodule::{SmartModulePackageKey, SmartModuleSpec};
use fluvio_controlplane_metadata::spu::{Endpoint, SpuSpec};
use fluvio_controlplane_metadata::topic::{CompressionAlgorithm, ReplicaSpec, TopicSpec};
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::ReplicaKey;
use fluvio_sc_schema::shared::validate_resource_name;
use fluvio_types::defaults::{CONSUMER_STORAGE_TOPIC, SPU_LOG_SEGMENT_MAX_BYTES};
use tokio::sync::watch;

use crate::SPU_ID;
use crate::log::PartitionLog;
use crate::space::{NoRoom, Reservation, Space};
use crate::support::Feature;

/// Most partitions of one topic.
const PARTITIONS_MAX: u32 = 1024;

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
}

/// Why an object was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogError {
    #[error("invalid topic name '{name}': lowercase letters, digits and inner hyphens, at most 63")]
    TopicName { name: String },
    #[error("Topic '{name}' already exists")]
    TopicExists { name: String },
    #[error("topic '{name}' cannot be created: {reason}")]
    TopicConfiguration { name: String, reason: String },
    #[error("topic '{name}' does not exist")]
    NoTopic { name: String },
    #[error("system topic '{name}' can only be deleted forcibly")]
    SystemTopic { name: String },
    #[error("system topic '{name}' can only be updated forcibly")]
    SystemTopicChange { name: String },
    #[error("the replicas of topic '{name}' are assigned one by one")]
    AssignedReplicas { name: String },
    #[error("SmartModule '{name}' does not exist")]
    NoModule { name: String },
    #[error("invalid SmartModule '{name}': {reason}")]
    Module { name: String, reason: String },
    #[error("'{name}' cannot be stored")]
    NoRoom { name: String, source: NoRoom },
}

impl CatalogError {
    /// The code under which a real cluster reports this.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::TopicName { .. } => ErrorCode::TopicInvalidName,
            Self::TopicExists { .. } => ErrorCode::TopicAlreadyExists,
            Self::TopicConfiguration { .. } => ErrorCode::TopicInvalidConfiguration,
            Self::NoTopic { .. } => ErrorCode::TopicNotFound,
            Self::SystemTopic { name } => {
                ErrorCode::SystemSpecDeletionAttempt { kind: "topic".to_owned(), name: name.clone() }
            }
            Self::SystemTopicChange { name } => {
                ErrorCode::SystemSpecUpdatingAttempt { kind: "topic".to_owned(), name: name.clone() }
            }
            Self::AssignedReplicas { .. } => ErrorCode::TopicInvalidReplicaType,
            Self::NoModule { name } => ErrorCode::SmartModuleNotFound { name: name.clone() },
            Self::Module { .. } => ErrorCode::SmartModuleError,
            Self::NoRoom { .. } => ErrorCode::StorageError,
        }
    }
}

/// All objects of the cluster.
#[derive(Debug)]
pub(crate) struct Catalog {
    spu: SpuSpec,
    space: Arc<Space>,
    objects: RwLock<Objects>,
    revision: watch::Sender<i64>,
}

impl Catalog {
    /// A catalog with the SPU at `spu` and the system topic that consumers with an id look for.
    pub(crate) fn new(spu: SocketAddr, space: Arc<Space>) -> Self {
        let public = SpuSpec::new_public_addr(SPU_ID, spu.port(), spu.ip().to_string()).set_custom();
        let private_endpoint = Endpoint::from_port_host(spu.port(), spu.ip().to_string());
        let catalog = Self {
            spu: SpuSpec { private_endpoint, ..public },
            space,
            objects: RwLock::default(),
            revision: watch::Sender::new(1),
        };
        let mut spec = TopicSpec::new_computed(1, 1, None);
        spec.set_system(true);
        if let Err(error) = catalog.create_topic(CONSUMER_STORAGE_TOPIC, spec, false) {
            tracing::warn!(%error, "no system topic"); // only where the byte cap is too small for one partition
        }
        catalog
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
                let partitions = self.partitions(name, &spec, 0..spec.partitions())?;
                objects.topics.insert(name.to_owned(), Topic { spec, partitions });
            }
            Ok(())
        })
    }

    fn partitions(
        &self,
        topic: &str,
        spec: &TopicSpec,
        indexes: std::ops::Range<u32>,
    ) -> Result<Vec<Arc<Partition>>, CatalogError> {
        let partition = |index| {
            let log = PartitionLog::new(&self.space, segment_bytes(spec))?;
            let compression = spec.get_compression_type().clone();
            Ok(Arc::new(Partition { key: ReplicaKey::new(topic, index), compression, log }))
        };
        indexes.map(partition).collect::<Result<_, _>>().map_err(|source| no_room(topic, source))
    }

    /// Gives a topic `count` partitions more. Where keys decide, records of one key go elsewhere from then on.
    pub(crate) fn add_partitions(&self, name: &str, count: u32) -> Result<(), CatalogError> {
        self.change(|objects| {
            let missing = || CatalogError::NoTopic { name: name.to_owned() };
            let topic = objects.topics.get_mut(name).ok_or_else(missing)?;
            if topic.spec.is_system() {
                return Err(CatalogError::SystemTopicChange { name: name.to_owned() });
            }
            let ReplicaSpec::Computed(mut replicas) = topic.spec.replicas().clone() else {
                return Err(CatalogError::AssignedReplicas { name: name.to_owned() });
            };
            let before = replicas.partitions;
            replicas.partitions = before.saturating_add(count);
            let mut spec = topic.spec.clone();
            spec.set_replicas(ReplicaSpec::Computed(replicas));
            check_topic(name, &spec)?;
            topic.partitions.extend(self.partitions(name, &spec, before..spec.partitions())?);
            topic.spec = spec;
            Ok(())
        })
    }

    /// Deletes a topic and its data; the cluster's own only by `force`.
    pub(crate) fn delete_topic(&self, name: &str, force: bool) -> Result<(), CatalogError> {
        let topic = self.change(|objects| match objects.topics.get(name) {
            None => Err(CatalogError::NoTopic { name: name.to_owned() }),
            Some(topic) if topic.spec.is_system() && !force => Err(CatalogError::SystemTopic { name: name.to_owned() }),
            Some(_) => Ok(objects.topics.remove(name)),
        })?;
        topic.iter().flat_map(|topic| &topic.partitions).for_each(|partition| partition.log.delete());
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
            objects.modules.insert(name.clone(), Module { spec, _space: space });
            Ok(name)
        })
    }

    /// Deletes a SmartModule; streams that run it go on.
    pub(crate) fn delete_module(&self, name: &str) -> Result<(), CatalogError> {
        let key = package_key(name)?.store_id();
        self.change(|objects| match objects.modules.remove(&key) {
            Some(_) => Ok(()),
            None => Err(CatalogError::NoModule { name: name.to_owned() }),
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

/// Refuses what a real cluster of one SPU refuses, and what is not reproduced.
fn check_topic(name: &str, spec: &TopicSpec) -> Result<(), CatalogError> {
    if name.is_empty() || validate_resource_name(name).is_err() {
        return Err(CatalogError::TopicName { name: name.to_owned() });
    }
    match topic_refusal(spec) {
        Some(reason) => Err(CatalogError::TopicConfiguration { name: name.to_owned(), reason }),
        None => Ok(()),
    }
}

fn topic_refusal(spec: &TopicSpec) -> Option<String> {
    if spec.get_deduplication().is_some() {
        return Some(Feature::CreateDeduplicated.refusal());
    }
    if spec.partitions() == 0 || spec.partitions() > PARTITIONS_MAX {
        return Some(format!("{} partitions are not between 1 and {PARTITIONS_MAX}", spec.partitions()));
    }
    match spec.replicas() {
        ReplicaSpec::Computed(param) if param.replication_factor != 1 => {
            Some(format!("replication {} on a cluster of one SPU", param.replication_factor))
        }
        ReplicaSpec::Assigned(map) if map.unique_spus_in_partition_map() != [SPU_ID] => {
            Some(format!("replicas on other SPUs than {SPU_ID}"))
        }
        ReplicaSpec::Mirror(_) => Some(Feature::CreateMirrored.refusal()),
        ReplicaSpec::Assigned(map) => map.validate().err().map(|error| error.to_string()),
        ReplicaSpec::Computed(_) => spec.validate_config(),
    }
}

fn segment_bytes(spec: &TopicSpec) -> u64 {
    spec.get_storage().and_then(|storage| storage.segment_size).unwrap_or(SPU_LOG_SEGMENT_MAX_BYTES).into()
}

fn package_key(name: &str) -> Result<SmartModulePackageKey, CatalogError> {
    SmartModulePackageKey::from_qualified_name(name)
        .map_err(|error| CatalogError::Module { name: name.to_owned(), reason: error.to_string() })
}

fn no_room(name: &str, source: NoRoom) -> CatalogError {
    CatalogError::NoRoom { name: name.to_owned(), source }
}
