//! Why records could not be published.

use adx_events::offset::Partition;

use crate::cluster::ClusterError;

/// What the Fluvio client gave as the cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why publishing ended.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The record cannot be published at all; nothing of it was sent, and the publisher goes on.
    #[error("a record of {bytes} bytes for topic \"{topic}\", partition {} exceeds a batch of {max} bytes", partition.0)]
    TooLarge { topic: String, partition: Partition, bytes: usize, max: usize },
    /// The partition is none of those the publisher was opened for.
    #[error("topic \"{topic}\" is published to {partitions} partitions, {} is none of them", partition.0)]
    NoSuchPartition { topic: String, partition: Partition, partitions: u32 },
    /// A batch could not be compressed as the topic prescribes; nothing of it was sent.
    #[error("compress a batch for topic \"{topic}\", partition {}", partition.0)]
    NotCompressed { topic: String, partition: Partition, source: Cause },
    /// Attempts failed for longer than [`crate::Limits::give_up_after`].
    #[error("gave up on topic \"{topic}\", partition {} at {endpoint} after {waited_ms} ms without success", partition.0)]
    GaveUp { topic: String, partition: Partition, endpoint: String, waited_ms: u128, source: AttemptError },
    /// An earlier error ended this partition.
    #[error("publishing to topic \"{topic}\", partition {} has ended before", partition.0)]
    Ended { topic: String, partition: Partition },
    /// The topic cannot be published to.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// Why one attempt failed; another is made.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    #[error("no acknowledgement within {waited_ms} ms")]
    NoAcknowledgement { waited_ms: u128 },
    #[error("a batch was not stored")]
    NotStored { source: Cause },
    #[error("a batch was stored at offset {offset}")]
    StrangeOffset { offset: i64 },
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}
