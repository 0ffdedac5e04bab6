//! The arguments of `adx alerts`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::influx::InfluxServerArgs;

/// Alert rules as code: checks, endpoints and notification rules of InfluxDB 2, from one file of thresholds.
///
/// A receiver hears of an episode twice: when it begins, and when it ends. Campaigns that are bad from their first window, that never delivered
/// or are silent for long are alerted like any other; a silent edge stands for the campaigns that fell silent with it; a receiver that does
/// not answer 200 is told of to the others. Begin with the commented file alerts/alerts.toml of the sources.
/// Example: adx alerts apply --config alerts.toml --influx-url http://127.0.0.1:8086 --influx-token-file token
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// Write what `apply` would make: the Flux of every check, and all objects as JSON. Nothing secret is in it.
    Render(RenderArgs),
    /// Create, change and delete objects until InfluxDB has what the file says; only its own, by name and description.
    ///
    /// May be repeated: a second time changes nothing. Exit code 1 where an object that `adx alerts` has not made has the name of one of its own.
    Apply(ApplyArgs),
    /// Prove on a server that the rules fire, stay silent and resolve, with the file's own thresholds.
    ///
    /// Every scenario gets buckets and objects of its own, named adx-test-…, its points are written in the past, checks and rules are forced to
    /// run at its times, and a receiver in this program takes the alerts: nobody else is notified. All of it is removed in the end. Exit code 1
    /// where an alert is missing, or one came that should not.
    Test(TestArgs),
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The alert configuration.
    #[arg(long, value_name = "FILE", default_value = "alerts.toml")]
    pub config: PathBuf,
}

#[derive(Debug, Args)]
pub struct RenderArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Directory for the files, made if it is not there; `-` prints them.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub server: InfluxServerArgs,
    /// Show what would change, and change nothing; exit code 1 where anything would.
    #[arg(long)]
    pub dry_run: bool,
    /// Send the secrets of all endpoints again: InfluxDB does not tell whether they are still the same.
    #[arg(long)]
    pub renew_secrets: bool,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub server: InfluxServerArgs,
    /// Only scenarios whose names contain this.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub only: String,
    /// Where this program takes the alerts, as InfluxDB reaches it; port 0 is any free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
}
