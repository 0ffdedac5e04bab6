//! What can be in the way of a change, and the code under which a real cluster reports it.

use fluvio_protocol::link::ErrorCode;

use crate::log::OpenError;
use crate::space::NoRoom;

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
    #[error("'{name}' cannot be stored")]
    Disk { name: String, source: DiskError },
}

/// What the data directory refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    #[error("cannot write the change down")]
    Encode { source: std::io::Error },
    #[error(transparent)]
    Journal(#[from] adx_log::AppendError),
    #[error(transparent)]
    Log(#[from] adx_log::OpenError),
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
            Self::NoRoom { .. } | Self::Disk { .. } => ErrorCode::StorageError,
        }
    }
}

pub(super) fn not_opened(topic: &str, error: OpenError) -> CatalogError {
    match error {
        OpenError::NoRoom(source) => no_room(topic, source),
        OpenError::Disk(source) => CatalogError::Disk { name: topic.to_owned(), source: source.into() },
    }
}

pub(super) fn no_room(name: &str, source: NoRoom) -> CatalogError {
    CatalogError::NoRoom { name: name.to_owned(), source }
}
