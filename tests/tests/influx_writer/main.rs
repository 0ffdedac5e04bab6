//! The writer of points against servers that fail in every way there is: the stand-in by script, a real influxd where there is one,
//! and Debian's influxdb 1.x, whose parser and merge rules are those of 2.x.

mod adapter;
mod answers;
mod crash;
mod debian;
mod faults;
mod hostile;
mod points;
mod refusals;
mod servers;
