//! The operator's program: parses, runs the command, and says by its exit code how it ended.

use std::io::IsTerminal;
use std::process::ExitCode;

use adx::cli::Cli;
use adx::ending::Ending;
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logging(cli.verbose);
    Ending::report(adx::execute(cli))
}

/// Warnings of our own by default, on stderr; `RUST_LOG` has the last word. The stock client calls every ended connection an error.
fn start_logging(verbose: bool) {
    let level = if verbose { "info" } else { "warn" };
    let own = [
        "adx",
        "adx_edge",
        "adx_sink",
        "adx_influx",
        "adx_publisher",
        "adx_correlation",
        "adx_local_fluvio",
        "adx_local_influx",
    ];
    let default = own.iter().fold("off".to_owned(), |filter, name| format!("{filter},{name}={level}"));
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| default.into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .init();
}
