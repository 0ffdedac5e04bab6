//! The real influxd of these tests, and the command line on it.

use std::path::Path;

use adx::cli::Cli;
use adx::ending::{Ending, Failure};
use adx_tests::influxd::{Influxd, Scheduler};
use clap::Parser;

/// One whose scheduler is silent where it is ours: every run is one that was forced.
pub async fn start(what: &str) -> Option<Influxd> {
    Influxd::start(what, Scheduler::Silent).await
}

/// Runs `adx alerts …` on it, as a user does.
pub fn alerts(server: &Influxd, dir: &Path, command: &[&str]) -> Result<Ending, Failure> {
    let token = dir.join("token");
    std::fs::write(&token, server.token()).expect("a file that can be written");
    let mut args = vec!["adx", "alerts"];
    args.extend_from_slice(command);
    let token = token.to_str().expect("a path in utf-8");
    args.extend(["--influx-url", server.url(), "--influx-org", server.org(), "--influx-token-file", token]);
    adx::execute(Cli::try_parse_from(args).expect("a command line that is sound"))
}

/// A file of a configuration.
pub fn config_file(dir: &Path, text: &str) -> String {
    let file = dir.join("alerts.toml");
    std::fs::write(&file, text).expect("a file that can be written");
    file.to_str().expect("a path in utf-8").to_owned()
}
