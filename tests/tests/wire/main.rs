//! What the pipeline asks of a Fluvio cluster, over the wire: through the stock client, the publisher and the sink's reader.
//!
//! Against the local stand-in, or against the cluster whose SC `ADX_FLUVIO` names as `host:port`; it says which. Restarts of
//! a real cluster's SPU need `ADX_FLUVIO_RESTART`, a command that restarts the SPU whose id is in `ADX_FLUVIO_SPU` and returns
//! when it is up again; without, that one test is left out, and says so. Where the two differ, the stand-in is wrong.

mod behind_modules;
mod cluster;
mod consumers;
mod exactly_once;
mod modules;
mod plain;
mod produced;
mod reading;
mod refusals;
mod restart;
mod resume;
mod segments;
mod stored_through_modules;
mod watch;
