//! The stand-in as the unchanged stock client sees it, over loopback.

mod admin;
mod bed;
mod consume;
mod consumers;
mod faults;
mod hostile;
mod limits;
mod modules;
mod produce;
mod raw;
mod support;
mod transforms;
