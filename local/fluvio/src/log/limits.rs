//! How much a partition keeps, by its topic's own settings.

use std::time::Duration;

use adx_log::Retention;
use fluvio_controlplane_metadata::topic::TopicSpec;
use fluvio_types::defaults::{SPU_LOG_SEGMENT_MAX_BYTES, SPU_PARTITION_MAX_BYTES};

/// Settings of one partition's log; what a topic leaves open is as in a real cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// A batch that does not fit behind the others begins a new segment; a larger one is refused.
    pub(crate) segment_bytes: u64,
    /// What segments are kept.
    pub(crate) retention: Retention,
}

impl Limits {
    pub(crate) fn of(topic: &TopicSpec) -> Self {
        let storage = topic.get_storage();
        let segment_bytes = storage.and_then(|storage| storage.segment_size).unwrap_or(SPU_LOG_SEGMENT_MAX_BYTES);
        let bytes = storage.and_then(|storage| storage.max_partition_size).unwrap_or(SPU_PARTITION_MAX_BYTES);
        let age = Duration::from_secs(topic.retention_secs().into());
        Self { segment_bytes: segment_bytes.into(), retention: Retention { age: Some(age), bytes: Some(bytes) } }
    }
}
