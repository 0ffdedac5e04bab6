//! Publishes records to one Fluvio topic: at least once, in order per partition, in bounded memory, nothing lost.
//!
//! The stock `fluvio` client is used as it is. Its defects are lived with: it loses batches on a cut connection, never
//! heals its metadata, and may wait for ever; so every record's own result is awaited under a time-out, one chunk is
//! under way per partition, and on any failure the client is dropped, built anew, and handed the unacknowledged rest.
//! A record may therefore be stored more than once. A client that was dropped while its server was away may even store
//! its chunk once the server is back, behind later records: a reader must know a repeat by its key. Acknowledged is what
//! the partition's leader has written; whether a replica has it too is not waited for. No setting of the environment is
//! needed: every wait has a time-out of its own.

mod backoff;
mod buffer;
mod chunk;
mod cluster;
mod error;
mod lane;
mod limits;
mod link;
mod outage;
mod profile;
mod publisher;
#[cfg(feature = "tls")]
mod tls;

pub use backoff::Backoff;
pub use cluster::{Cluster, ClusterError, LogRange};
pub use error::{AttemptError, Cause, PublishError};
pub use limits::Limits;
pub use profile::ProfileError;
pub use publisher::Publisher;
