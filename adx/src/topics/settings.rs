//! The settings of a topic, as they are compared and told; what is left out is what Fluvio takes in its place.

use std::time::Duration;

use fluvio_controlplane_metadata::topic::{ReplicaSpec, TopicSpec};
use fluvio_types::defaults::{SPU_LOG_SEGMENT_MAX_BYTES, SPU_PARTITION_MAX_BYTES};

use super::windows::written;

/// All but the number of partitions, each with the name under which a file has it.
pub fn settings(spec: &TopicSpec) -> [(&'static str, String); 7] {
    let replicas = match spec.replicas() {
        ReplicaSpec::Computed(_) => "chosen by the cluster".to_owned(),
        ReplicaSpec::Assigned(_) | ReplicaSpec::Mirror(_) => spec.partition_map_str().unwrap_or_default(),
    };
    let storage = |size: Option<u64>, default: u64| format!("{} B", size.unwrap_or(default));
    let segment = spec.get_storage().and_then(|storage| storage.segment_size).map(u64::from);
    let partition = spec.get_storage().and_then(|storage| storage.max_partition_size);
    [
        ("partition.replication", spec.replication_factor().map_or_else(|| "mirrored".to_owned(), |n| n.to_string())),
        ("partition.maps", replicas),
        ("partition.max-size", storage(partition, SPU_PARTITION_MAX_BYTES)),
        ("retention.time", written(retention(spec))),
        ("retention.segment-size", storage(segment, u64::from(SPU_LOG_SEGMENT_MAX_BYTES))),
        ("compression.type", format!("{:?}", spec.get_compression_type())),
        ("deduplication", spec.get_deduplication().map_or_else(|| "none".to_owned(), |rule| format!("{rule:?}"))),
    ]
}

fn retention(spec: &TopicSpec) -> Duration {
    Duration::from_secs(u64::from(spec.retention_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluvio_controlplane_metadata::topic::{
        CleanupPolicy, CompressionAlgorithm, PartitionMap, SegmentBasedPolicy, TopicStorageConfig,
    };

    fn differing(spec: &TopicSpec) -> Vec<&'static str> {
        let plain = settings(&TopicSpec::new_computed(2, 1, None));
        settings(spec).iter().zip(plain).filter(|(one, other)| *one != other).map(|(one, _)| one.0).collect()
    }

    #[test]
    fn what_is_left_out_equals_the_default_and_anything_else_differs_by_name() {
        let mut spec = TopicSpec::new_computed(7, 1, Some(false));
        spec.set_cleanup_policy(CleanupPolicy::Segment(SegmentBasedPolicy { time_in_seconds: 7 * 86_400 }));
        spec.set_storage(TopicStorageConfig {
            segment_size: Some(SPU_LOG_SEGMENT_MAX_BYTES),
            max_partition_size: Some(SPU_PARTITION_MAX_BYTES),
        });
        assert_eq!(differing(&spec), [""; 0]);
        spec.set_cleanup_policy(CleanupPolicy::Segment(SegmentBasedPolicy { time_in_seconds: 10 }));
        spec.set_storage(TopicStorageConfig { segment_size: Some(1), max_partition_size: None });
        spec.set_compression_type(CompressionAlgorithm::Lz4);
        assert_eq!(differing(&spec), ["retention.time", "retention.segment-size", "compression.type"]);
        spec.set_replicas(ReplicaSpec::new_computed(2, 3, None));
        assert_eq!(differing(&spec)[0], "partition.replication");
        let assigned = TopicSpec::new_assigned(vec![PartitionMap { id: 0, replicas: vec![1], mirror: None }]);
        assert_eq!(differing(&assigned), ["partition.maps"]);
    }
}
