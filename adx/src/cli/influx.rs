//! The arguments of `adx influx`, and of all commands that need an InfluxDB.

use std::path::PathBuf;
use std::time::Duration;

use adx_queries::{Buckets, PrefixError};
use clap::{Args, Subcommand};

use crate::access::InfluxAccess;

/// Set up what the pipeline needs in InfluxDB 2: buckets, tasks, dashboard.
///
/// PREFIX holds the windows of the sink and campaign_1m (30 days), PREFIX_1h sums of hours (400 days), PREFIX_1d sums of days (for ever),
/// PREFIX_quality what the pipeline says of itself (90 days). Tasks sum shards and windows; late records arrive in the sums up to 9 days back.
/// Example: adx influx status --influx-url http://127.0.0.1:8086 --influx-token-file token && echo as declared
#[derive(Debug, Subcommand)]
pub enum InfluxCommand {
    /// Create what is missing, change what differs, and say so.
    ///
    /// May be repeated, also after something was deleted or changed by hand. Points are never removed: a bucket that keeps them longer than
    /// declared is left so, unless --shorten-retention is given. Tasks and dashboard belong to one stack, found again by its name; what somebody
    /// added to that stack is removed. Nothing is made where more than --series-max series are to be expected. Exit code 1 where that is so, or
    /// the server is not as declared in the end.
    Init(InfluxInitArgs),
    /// Show what `init` would change, and how many series there are; exit code 1 where something differs or there are too many.
    Status(InfluxSchemaArgs),
}

/// Which InfluxDB, and by what right.
#[derive(Debug, Clone, Args)]
pub struct InfluxServerArgs {
    /// InfluxDB 2 that is set up: http://HOST:PORT.
    #[arg(long, value_name = "URL")]
    pub influx_url: String,
    /// File with the token of InfluxDB; without it the variable INFLUX_TOKEN holds the token.
    #[arg(long, value_name = "FILE")]
    pub influx_token_file: Option<PathBuf>,
    /// Organization in InfluxDB.
    #[arg(long, value_name = "ORG", default_value = "advertisex")]
    pub influx_org: String,
    /// How long to wait for a server that does not answer.
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = humantime::parse_duration)]
    pub wait: Duration,
}

impl InfluxServerArgs {
    /// Reads the token.
    pub fn access(&self) -> anyhow::Result<InfluxAccess> {
        InfluxAccess::of(&self.influx_url, &self.influx_org, self.influx_token_file.as_deref())
    }
}

/// Which buckets.
#[derive(Debug, Clone, Args)]
pub struct BucketsArgs {
    /// What the names of the buckets begin with. What `adx run --keep` left can be asked, too: run-<id>.
    #[arg(long, value_name = "PREFIX", default_value = "adx", value_parser = buckets)]
    pub prefix: Buckets,
}

#[derive(Debug, Args)]
pub struct InfluxSchemaArgs {
    #[command(flatten)]
    pub server: InfluxServerArgs,
    #[command(flatten)]
    pub buckets: BucketsArgs,
    #[command(flatten)]
    pub extent: ExtentArgs,
}

#[derive(Debug, Args)]
pub struct InfluxInitArgs {
    #[command(flatten)]
    pub schema: InfluxSchemaArgs,
    /// Let InfluxDB forget for good what buckets have beyond the declared retention.
    #[arg(long)]
    pub shorten_retention: bool,
}

/// How many series to expect: every set of tag values is one.
#[derive(Debug, Args)]
pub struct ExtentArgs {
    /// Campaigns that are counted on.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub campaigns: u64,
    /// Partitions of a topic [default: those of fluvio-topics.yaml].
    #[arg(long, value_name = "N")]
    pub shards: Option<u64>,
    /// Exchanges that send bid requests.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub exchanges: u64,
    /// Edge producers.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub edges: u64,
    /// Processes of the sink.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub instances: u64,
    /// Series that the server can bear, all buckets together: `init` makes nothing where there are, or can be, more. InfluxDB has no limit of
    /// its own, and takes memory for each.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub series_max: u64,
}

fn buckets(prefix: &str) -> Result<Buckets, PrefixError> {
    Buckets::of(prefix)
}
