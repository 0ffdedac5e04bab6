//! Publishes records to one Fluvio topic: at least once, in order per partition, in bounded memory, nothing lost.
//!
//! Batches are built and sent here, with the protocol crates of the stock client, whose own producer takes several microseconds for
//! every record, loses batches on a cut connection, never heals its metadata, and may wait for ever. A record is
//! written once, into its partition's next batch; one batch per partition is under way, each over a connection of the partition's
//! own to whoever leads it, each answer awaited under a time-out; on any failure the connection is dropped, the leader asked for
//! anew, and the very same batch sent again. A record may therefore be stored more than once. A batch that was given up while its
//! server was away may even be stored once the server is back, behind later records: a reader must know a repeat by its key.
//! Acknowledged is what the partition's leader has written; whether a replica has it too is not waited for. All records of a batch
//! bear the time at which it was begun; they are compressed as the topic prescribes, and fit its segments. No setting of the environment is needed: every wait has a time-out of its own.

mod backoff;
mod batch;
mod buffer;
mod cluster;
mod error;
mod lane;
mod limits;
mod link;
mod outage;
mod profile;
mod publisher;
mod request;
mod terms;
#[cfg(feature = "tls")]
mod tls;

pub use backoff::Backoff;
pub use cluster::{Cluster, ClusterError, LogRange};
pub use error::{AttemptError, Cause, PublishError};
pub use limits::Limits;
pub use profile::ProfileError;
pub use publisher::Publisher;
