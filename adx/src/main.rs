//! The operator's program: parses, runs the command, and says by its exit code how it ended.

use std::process::ExitCode;

use adx::cli::Cli;
use adx::ending::Ending;
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logging(cli.verbose);
    bound_waits_for_sockets();
    Ending::report(adx::execute(cli))
}

/// Warnings by default, on stderr; `RUST_LOG` has the last word.
fn start_logging(verbose: bool) {
    let default =
        if verbose { "info,adx=debug" } else { "error,adx=warn,adx_edge=warn,adx_sink=warn,adx_publisher=warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}

/// The stock client waits this long, in seconds, for an answer on a connection that may be dead; its default is a minute.
fn bound_waits_for_sockets() {
    const NAME: &str = "FLV_SOCKET_WAIT";
    if std::env::var_os(NAME).is_none() {
        // SAFETY: no other thread runs yet.
        #[allow(unsafe_code, reason = "the client reads this setting from the environment only")]
        unsafe {
            std::env::set_var(NAME, "5");
        }
    }
}
