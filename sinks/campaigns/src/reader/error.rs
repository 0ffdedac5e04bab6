//! Why a partition could not be read, and why one stream of it ended.

use adx_events::offset::{Offset, Partition};
use adx_publisher::ClusterError;

use super::PartitionLog;

/// What the Fluvio client gave as the cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why reading ended.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Streams open but bring nothing.
    #[error("topic \"{topic}\", partition {} gives no record at offset {} in {streams} streams", partition.0, offset.0)]
    NoProgress { topic: String, partition: Partition, offset: Offset, streams: u32, source: StreamError },
    /// The cluster stays away.
    #[error("gave up reading topic \"{topic}\", partition {} at offset {} after {waited_ms} ms", partition.0, offset.0)]
    GaveUp { topic: String, partition: Partition, offset: Offset, waited_ms: u128, source: StreamError },
    /// The chain gave something else than it should.
    #[error("topic \"{topic}\", partition {}: what the SmartModules made of about offset {} tells no offset", partition.0, reckoned.0)]
    Unreadable { topic: String, partition: Partition, reckoned: Offset },
}

/// Why a stream ended; another is opened.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error("the stream could not be set up")]
    Setup { source: Cause },
    #[error("the stream brought an error")]
    Broken { source: Cause },
    #[error("the stream ended")]
    Ended,
    #[error("the stream brought nothing for {idle_ms} ms although the log goes to {}", end.0)]
    Stalled { idle_ms: u128, end: Offset },
    #[error("the log ends at {} already", end.0)]
    PastTheEnd { end: Offset },
    #[error("the stream went on at {}", found.0)]
    Gap { found: Offset },
}

impl StreamError {
    /// The cluster cannot be reached; a stream that did open and brought nothing is another matter.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Cluster(_) => true,
            Self::Setup { .. }
            | Self::Broken { .. }
            | Self::Ended
            | Self::Stalled { .. }
            | Self::PastTheEnd { .. }
            | Self::Gap { .. } => false,
        }
    }
}

impl PartitionLog {
    pub(super) fn unreadable(&self, reckoned: Offset) -> ReadError {
        ReadError::Unreadable { topic: self.topic.clone(), partition: self.partition, reckoned }
    }
}
