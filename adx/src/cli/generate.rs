//! The command line of `adx generate`.

use std::path::PathBuf;
use std::time::Duration;

use adx_events::time::{EventTime, Millis};
use adx_generator::{Codec, Settings, Share};
use clap::Args;

use super::millis;

/// Make an input directory of generated traffic: duplicates, disorder, malformed rows, late and orphan clicks, conversions.
///
/// The same seed and settings give the same bytes. What the pipeline must make of them, tests/oracle.py says (it reads bids with --bid-codec null or deflate).
/// A share is a number from 0 to 1, a span 250ms, 20s, 36h or 7d.
///
/// A million impressions, as dense as 20,000 events a second:
///   adx generate --out /tmp/in --impressions 1000000 --bids 2000000 --rate 20000
/// Two campaigns get half of the impressions, and one record in a hundred comes up to two days late:
///   adx generate --out /tmp/in --hot 0.5 --hot-campaigns 2 --late 0.01 --lateness 2d
/// Traffic of this minute, written as it happens:
///   adx generate --out /tmp/live --live --rate 1000 --impressions 30000 --bids 30000
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
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
    /// Share of impressions that go to the hot campaigns alone; the others follow the Zipf law.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub hot: Share,
    /// The hot campaigns: the first so many, cmp-0000 and on.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub hot_campaigns: u32,
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
    /// Share of records that stand behind at all; the others are written at their time.
    #[arg(long, value_name = "SHARE", default_value = "1")]
    pub disordered: Share,
    /// Share of records that stand behind by more than --disorder.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub late: Share,
    /// By how much those do at most.
    #[arg(long, value_name = "SPAN", default_value = "36h", value_parser = humantime::parse_duration)]
    pub lateness: Duration,
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
    /// When the traffic begins, in either form of an event time [default: 2026-03-01T00:00:00Z, with --live now].
    #[arg(long, value_name = "TIME", value_parser = event_time)]
    pub start: Option<EventTime>,
    /// How long impressions and bids go on.
    #[arg(long, value_name = "SPAN", default_value = "2h", value_parser = humantime::parse_duration)]
    pub duration: Duration,
    /// Impressions and bids in a second of event time, together: says how long they go on, in place of --duration.
    #[arg(long, value_name = "EVENTS_PER_S", conflicts_with = "duration", value_parser = clap::value_parser!(u64).range(1..))]
    pub rate: Option<u64>,
    /// Write the traffic as it happens: no record before its time, counted from now, and each within about 100 ms of it. Nothing is gzipped then.
    #[arg(long)]
    pub live: bool,
    /// How long clicks and conversions still follow; later ones are left out [default: 7d, which is all of them, with --live 0s].
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    pub tail: Option<Duration>,
    /// Files of each topic.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub parts: u32,
    /// How blocks of bid requests are compressed: null, deflate, bzip2, snappy, xz or zstandard.
    #[arg(long, value_name = "CODEC", default_value = "deflate")]
    pub bid_codec: Codec,
}

impl GenerateArgs {
    /// The generator's settings, of a command given at that time.
    pub fn settings(&self, now: EventTime) -> Settings {
        let default = Settings::default();
        let (start, tail) = if self.live { (now, Millis(0)) } else { (default.start, default.tail) };
        Settings {
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
            hot: self.hot,
            hot_campaigns: self.hot_campaigns,
            zipf_exponent: self.zipf,
            moving_creatives: self.moving_creatives,
            unmapped: self.unmapped,
            duplicates: self.duplicates,
            restamped: self.restamped,
            conflicts: self.conflicts,
            malformed: self.malformed,
            disorder: millis(self.disorder),
            disordered: self.disordered,
            late: self.late,
            lateness: millis(self.lateness),
            named_touches: self.named_touches,
            wrong_names: self.wrong_names,
            epoch_times: self.epoch_times,
            currency_present: self.currency_present,
            currency_other: self.currency_other,
            start: self.start.unwrap_or(start),
            duration: self.rate.map_or(millis(self.duration), |rate| self.lasting(rate)),
            tail: self.tail.map_or(tail, millis),
            parts: self.parts,
            gzip_last: !self.live,
            bid_codec: self.bid_codec,
        }
    }

    /// How long impressions and bids go on at a rate; what does not fit is far past every bound and refused there.
    fn lasting(&self, rate: u64) -> Millis {
        let ms = (u128::from(self.impressions) + u128::from(self.bids)) * 1_000 / u128::from(rate);
        Millis(i64::try_from(ms).unwrap_or(i64::MAX).max(1))
    }
}

fn event_time(text: &str) -> Result<EventTime, String> {
    EventTime::parse(text.as_bytes())
        .ok_or_else(|| "not RFC 3339 with an offset, nor milliseconds, within 2000 and 2100".to_owned())
}

#[cfg(test)]
mod tests {
    use adx_events::time::{HOUR_MS, MINUTE_MS};
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn settings(args: &[&str]) -> Settings {
        let cli = Cli::parse_from([&["adx", "generate", "--out", "x"], args].concat());
        let Command::Generate(args) = cli.command else { panic!("not generate") };
        args.settings(EventTime::MIN)
    }

    #[test]
    fn its_defaults_are_the_generator_s() {
        assert_eq!(settings(&[]), Settings::default());
    }

    #[test]
    fn a_rate_says_how_long_and_live_traffic_begins_now() {
        let dense = settings(&["--impressions", "30000", "--bids", "30000", "--rate", "1000"]);
        assert_eq!(dense.duration, Millis(MINUTE_MS));
        assert_eq!((dense.start, dense.tail), (Settings::default().start, Settings::default().tail));
        let live = settings(&["--live", "--tail", "1h"]);
        assert_eq!((live.start, live.tail, live.gzip_last), (EventTime::MIN, Millis(HOUR_MS), false));
        assert_eq!(settings(&["--live"]).tail, Millis(0));
        assert_eq!(
            settings(&["--live", "--start", "2026-03-02T00:00:00Z"]).start.to_string(),
            "2026-03-02T00:00:00.000Z"
        );
        let both = Cli::try_parse_from(["adx", "generate", "--out", "x", "--rate", "5", "--duration", "1h"]);
        assert!(both.unwrap_err().to_string().contains("cannot be used with"));
    }
}
