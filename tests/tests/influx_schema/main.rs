//! `adx influx` and `adx report` on a real influxd, and what the stand-in has of it.

mod applied;
mod dashboard;
mod delivered;
mod reports;
mod rollups;
mod stand_in;
mod world;
