//! The operator's program as a library: the commands, so that tests run them as a user does.

mod access;
pub mod alerts;
pub mod cli;
pub mod ending;
mod generate;
pub mod influx;
mod interrupt;
mod local;
pub mod output;
mod patience;
pub mod progress;
pub mod report;
pub mod run;
pub mod topics;

use crate::cli::{Cli, Command};
use crate::ending::{Ending, Failure};

/// Runs a command to its end.
pub fn execute(cli: Cli) -> Result<Ending, Failure> {
    match cli.command {
        Command::Run(args) => run::main(args),
        Command::Generate(args) => generate::main(args),
        Command::Local(args) => local::main(args),
        Command::Topics(command) => topics::main(command),
        Command::Influx(command) => influx::main(command),
        Command::Report(args) => report::main(&args),
        Command::Alerts(command) => alerts::main(command),
    }
}
