//! Writes points to one bucket: in batches, packed, one request at a time, each point until it is stored or refused for good.
//!
//! What is to be sent when is decided by [`machine`], which knows no socket and no clock; [`task`] is its wires.

mod doubt;
mod jitter;
mod limits;
mod machine;
mod metrics;
mod packing;
pub(crate) mod post;
mod queue;
mod refusal;
mod refused_file;
#[cfg(test)]
mod simulation;
mod task;
mod verdict;
mod work;

pub use limits::{Endurance, Limits};
pub use metrics::{Metrics, State};
pub use refusal::{Refusal, RefusalReason};
pub use refused_file::{RefusedFile, RefusedFileError};
pub use task::{Writer, WriterError};
