//! Which topics there can be.

use fluvio_controlplane_metadata::topic::{ReplicaSpec, TopicSpec};
use fluvio_sc_schema::shared::validate_resource_name;

use super::CatalogError;
use crate::SPU_ID;
use crate::support::Feature;

/// Most partitions of one topic.
const PARTITIONS_MAX: u32 = 1024;

/// A topic's settings with `count` partitions more.
pub(super) fn grown(name: &str, before: &TopicSpec, count: u32) -> Result<TopicSpec, CatalogError> {
    if before.is_system() {
        return Err(CatalogError::SystemTopicChange { name: name.to_owned() });
    }
    let ReplicaSpec::Computed(mut replicas) = before.replicas().clone() else {
        return Err(CatalogError::AssignedReplicas { name: name.to_owned() });
    };
    replicas.partitions = replicas.partitions.saturating_add(count);
    let mut spec = before.clone();
    spec.set_replicas(ReplicaSpec::Computed(replicas));
    check_topic(name, &spec)?;
    Ok(spec)
}

/// Refuses what a real cluster of one SPU refuses, and what is not reproduced.
pub(super) fn check_topic(name: &str, spec: &TopicSpec) -> Result<(), CatalogError> {
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
