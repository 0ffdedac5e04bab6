//! The command line.

pub mod alerts;
pub mod generate;
pub mod influx;
pub mod local;
pub mod report;
pub mod topics;

use std::path::PathBuf;
use std::time::Duration;

use adx_events::tag::is_tag_value;
use adx_events::time::Millis;
use clap::{Args, Parser, Subcommand};

/// A partition takes three streams, three clients and three connections to its leaders: many more would pass the usual limit of open files.
pub const PARTITIONS_MAX: i64 = 32;

/// AdvertiseX: what every campaign delivered, to the last event.
///
/// Exit codes: 0 done; 1 failed, or something could not be read whole (all that can be read is processed, the file is named);
/// 2 wrong usage or configuration; 3 finished, but the ledger does not balance.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 120)]
pub struct Cli {
    /// Say more on stderr (RUST_LOG has the last word).
    #[arg(long, short, global = true)]
    pub verbose: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Run(RunArgs),
    Generate(generate::GenerateArgs),
    Local(local::LocalArgs),
    #[command(subcommand)]
    Topics(topics::TopicsCommand),
    #[command(subcommand)]
    Influx(influx::InfluxCommand),
    Report(report::ReportArgs),
    #[command(subcommand)]
    Alerts(alerts::AlertsCommand),
}

/// Run the whole pipeline over a directory, once: produce, standardise in-stream, join, write to InfluxDB, read back.
///
/// It brings its own servers, unless some are named: then it works in topics run-<id>-… and a bucket run-<id>, and removes them in the end,
/// also on Ctrl-C. The SmartModules stay on a cluster; those that are there already are used as they are.
/// Example: adx run --input tests/fixtures/small --out /tmp/out --click-window 30m
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Directory with campaigns.csv and any of impressions/, clicks/, bids/.
    #[arg(long, value_name = "DIR", required_unless_present = "clean")]
    pub input: Option<PathBuf>,
    /// Directory for the results; made if it is not there, its result files are replaced.
    #[arg(long, value_name = "OUT", required_unless_present = "clean")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub attribution: AttributionArgs,
    /// Width of the windows of the totals, in whole seconds.
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = humantime::parse_duration)]
    pub window: Duration,
    /// Partitions of each topic, 32 at most [default: the cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=PARTITIONS_MAX))]
    pub partitions: Option<u32>,
    /// The reporting currency; records in another are rejected.
    #[arg(long, value_name = "CODE", default_value = "USD")]
    pub currency: String,
    /// Exchanges with a series of their own, as a,b,c or repeated; the others together are `other` [default: every exchange has one].
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = tag_value)]
    pub exchanges: Vec<String>,
    #[command(flatten)]
    pub cluster: topics::ClusterArgs,
    /// An InfluxDB 2 that is set up, in place of the stand-in: http://HOST:PORT. Its token, with the right to make buckets, comes from
    /// --influx-token-file or the variable INFLUX_TOKEN.
    #[arg(long, value_name = "URL")]
    pub influx_url: Option<String>,
    /// File with the token of InfluxDB.
    #[arg(long, value_name = "FILE", requires = "influx_url")]
    pub influx_token_file: Option<PathBuf>,
    /// Organization in InfluxDB.
    #[arg(long, value_name = "ORG", default_value = "advertisex")]
    pub influx_org: String,
    /// Leave topics and bucket of the run on the servers that are named.
    #[arg(long)]
    pub keep: bool,
    /// Run nothing; remove what earlier runs left on the servers that are named. It takes that of runs under way too.
    #[arg(long, conflicts_with_all = ["input", "out", "keep"])]
    pub clean: bool,
}

/// How far back a click or conversion looks for what it belongs to.
#[derive(Debug, Args)]
pub struct AttributionArgs {
    /// A click belongs to an impression at most this long before it.
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = humantime::parse_duration)]
    pub click_window: Duration,
    /// A conversion belongs to a click at most this long before it.
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = humantime::parse_duration)]
    pub conversion_window: Duration,
    /// A conversion without such a click belongs to an impression at most this long before it.
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = humantime::parse_duration)]
    pub view_window: Duration,
}

fn tag_value(text: &str) -> Result<String, String> {
    let refused = || "1 to 64 characters, none of them a control character, no backslash at the end".to_owned();
    is_tag_value(text).then(|| text.to_owned()).ok_or_else(refused)
}

/// A span in whole milliseconds; one that does not fit is far past every bound and refused there.
pub fn millis(span: Duration) -> Millis {
    Millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
