//! What can be wrong with an alert configuration: always the key, and what belongs there.

use std::path::PathBuf;

use crate::flights::FlightsError;

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the alert configuration is not TOML")]
    Toml { source: toml::de::Error },
    #[error("{key}: there is no such key; known here: {known}")]
    Unknown { key: String, known: String },
    #[error("{key}: wants {wants}")]
    Wrong { key: String, wants: String },
    #[error("plan: read {}: name a file that is there, relative to the alert configuration, or leave `plan` out", file.display())]
    PlanFile { file: PathBuf, source: std::io::Error },
    #[error("the plan {} is refused", file.display())]
    Plan { file: PathBuf, source: FlightsError },
}

impl ConfigError {
    pub(crate) fn wrong(key: impl Into<String>, wants: impl Into<String>) -> Self {
        Self::Wrong { key: key.into(), wants: wants.into() }
    }
}
