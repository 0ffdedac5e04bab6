//! Alert rules: their Flux by the real checker, their objects by the API's own fields, and all of it on a real influxd.

mod applied;
mod fields;
mod flux;
mod server;
mod told;
