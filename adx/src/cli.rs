//! The command line.

pub mod local;
pub mod topics;

use std::path::PathBuf;
use std::time::Duration;

use adx_events::time::{EventTime, Millis};
use adx_generator::Share;
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
    Generate(GenerateArgs),
    Local(local::LocalArgs),
    #[command(subcommand)]
    Topics(topics::TopicsCommand),
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
    /// A click belongs to an impression at most this long before it.
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = humantime::parse_duration)]
    pub click_window: Duration,
    /// A conversion belongs to a click at most this long before it.
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = humantime::parse_duration)]
    pub conversion_window: Duration,
    /// A conversion without such a click belongs to an impression at most this long before it.
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = humantime::parse_duration)]
    pub view_window: Duration,
    /// Width of the windows of the totals, in whole seconds.
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = humantime::parse_duration)]
    pub window: Duration,
    /// Partitions of each topic, 32 at most [default: the cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=PARTITIONS_MAX))]
    pub partitions: Option<u32>,
    /// The reporting currency; records in another are rejected.
    #[arg(long, value_name = "CODE", default_value = "USD")]
    pub currency: String,
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

/// Make an input directory of generated traffic: duplicates, disorder, malformed rows, late and orphan clicks, conversions.
///
/// The same seed and settings give the same bytes. What the pipeline must make of them, tests/oracle.py says.
/// Example: adx generate --out /tmp/in --impressions 1000000 --seed 7
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// Directory to write; must not be there or be empty.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Seed of every draw.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Impressions, without copies and malformed lines.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub impressions: u64,
    /// Bid requests, likewise.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub bids: u64,
    /// Share of impressions that are clicked.
    #[arg(long, value_name = "SHARE", default_value = "0.05")]
    pub click_rate: Share,
    /// Share of clicks that convert.
    #[arg(long, value_name = "SHARE", default_value = "0.1")]
    pub conversion_rate: Share,
    /// Share of impressions that convert without a click.
    #[arg(long, value_name = "SHARE", default_value = "0.002")]
    pub view_through_rate: Share,
    /// Clicks without an impression, as a share of clicks.
    #[arg(long, value_name = "SHARE", default_value = "0.02")]
    pub orphan_clicks: Share,
    /// Users.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    pub users: u32,
    /// Campaigns.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub campaigns: u32,
    /// Creatives of each campaign.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub creatives_per_campaign: u32,
    /// Exponent of the Zipf law that users and campaigns follow; 0 = all alike.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub zipf: f64,
    /// Share of creatives that change campaign on the way.
    #[arg(long, value_name = "SHARE", default_value = "0.1")]
    pub moving_creatives: Share,
    /// Share of records whose creative or campaign the catalogue lacks.
    #[arg(long, value_name = "SHARE", default_value = "0.01")]
    pub unmapped: Share,
    /// Share of records written once more, equal in all fields.
    #[arg(long, value_name = "SHARE", default_value = "0.02")]
    pub duplicates: Share,
    /// Share of records written once more with another time.
    #[arg(long, value_name = "SHARE", default_value = "0.005")]
    pub restamped: Share,
    /// Share of records written once more with other content.
    #[arg(long, value_name = "SHARE", default_value = "0.005")]
    pub conflicts: Share,
    /// Malformed records, as a share of sound ones.
    #[arg(long, value_name = "SHARE", default_value = "0.01")]
    pub malformed: Share,
    /// By how much a record may stand behind later ones in its file.
    #[arg(long, value_name = "SPAN", default_value = "20s", value_parser = humantime::parse_duration)]
    pub disorder: Duration,
    /// Share of clicks and conversions that name their touch.
    #[arg(long, value_name = "SHARE", default_value = "0.3")]
    pub named_touches: Share,
    /// Share of those names that name something else.
    #[arg(long, value_name = "SHARE", default_value = "0.1")]
    pub wrong_names: Share,
    /// Share of times written as milliseconds, not as RFC 3339.
    #[arg(long, value_name = "SHARE", default_value = "0.3")]
    pub epoch_times: Share,
    /// Share of records that name the reporting currency.
    #[arg(long, value_name = "SHARE", default_value = "0.3")]
    pub currency_present: Share,
    /// Share of records in another currency.
    #[arg(long, value_name = "SHARE", default_value = "0.002")]
    pub currency_other: Share,
    /// When the traffic begins, in either form of an event time.
    #[arg(long, value_name = "TIME", default_value = "2026-03-01T00:00:00Z", value_parser = event_time)]
    pub start: EventTime,
    /// How long impressions and bids go on.
    #[arg(long, value_name = "SPAN", default_value = "2h", value_parser = humantime::parse_duration)]
    pub duration: Duration,
    /// Files of each topic.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub parts: u32,
    /// Do not deflate the blocks of bid requests.
    #[arg(long)]
    pub plain_bids: bool,
}

impl GenerateArgs {
    /// The generator's settings.
    pub fn settings(&self) -> adx_generator::Settings {
        adx_generator::Settings {
            seed: self.seed,
            impressions: self.impressions,
            bids: self.bids,
            click_rate: self.click_rate,
            conversion_rate: self.conversion_rate,
            view_through_rate: self.view_through_rate,
            orphan_clicks: self.orphan_clicks,
            users: self.users,
            campaigns: self.campaigns,
            creatives_per_campaign: self.creatives_per_campaign,
            zipf_exponent: self.zipf,
            moving_creatives: self.moving_creatives,
            unmapped: self.unmapped,
            duplicates: self.duplicates,
            restamped: self.restamped,
            conflicts: self.conflicts,
            malformed: self.malformed,
            disorder: millis(self.disorder),
            named_touches: self.named_touches,
            wrong_names: self.wrong_names,
            epoch_times: self.epoch_times,
            currency_present: self.currency_present,
            currency_other: self.currency_other,
            start: self.start,
            duration: millis(self.duration),
            parts: self.parts,
            deflate_bids: !self.plain_bids,
        }
    }
}

/// A span in whole milliseconds; one that does not fit is far past every bound and refused there.
pub fn millis(span: Duration) -> Millis {
    Millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

fn event_time(text: &str) -> Result<EventTime, String> {
    EventTime::parse(text.as_bytes())
        .ok_or_else(|| "not RFC 3339 with an offset, nor milliseconds, within 2000 and 2100".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_its_defaults_are_the_generator_s() {
        Cli::command().debug_assert();
        let cli = Cli::parse_from(["adx", "generate", "--out", "x"]);
        let Command::Generate(args) = cli.command else { panic!("not generate") };
        assert_eq!(args.settings(), adx_generator::Settings::default());
    }
}
