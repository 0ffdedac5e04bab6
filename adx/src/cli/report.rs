//! The arguments of `adx report`.

use std::time::Duration;

use adx_events::time::{EventTime, Millis};
use adx_queries::campaign::Measure;
use clap::{Args, ValueEnum};

use super::influx::{BucketsArgs, InfluxServerArgs};
use super::millis;

/// Print what campaigns delivered, from InfluxDB.
///
/// Windows count by their start: from --from, before --to. Money is in micros in CSV and JSON, as it is stored.
/// Examples: adx report --influx-url http://127.0.0.1:8086 --from 7d
///           adx report over-time --campaign cmp-0001 --every 1h --from 2026-03-01T00:00:00Z --to 2026-03-02T00:00:00Z --format csv …
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[arg(value_name = "QUESTION", value_enum, default_value_t = Asking::Totals)]
    pub question: Asking,
    #[command(flatten)]
    pub server: InfluxServerArgs,
    #[command(flatten)]
    pub buckets: BucketsArgs,
    /// An instant (2026-03-01T00:00:00Z), or a span before now (7d): from a day on the start of that hour, from 400d on of that day.
    #[arg(long, value_name = "WHEN", default_value = "24h", value_parser = moment)]
    pub from: Moment,
    /// An instant, or a span before now as with --from [default: now].
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub to: Option<Moment>,
    /// This campaign alone.
    #[arg(long, value_name = "ID")]
    pub campaign: Option<String>,
    /// Length of the windows of over-time and pacing, whole minutes [default: such that there are about a hundred].
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    pub every: Option<Duration>,
    /// Campaigns that top names.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// What top ranks by.
    #[arg(long, value_enum, default_value_t = By::Cost)]
    pub by: By,
    /// What is read: `auto` takes the sums of days and hours where the range has whole ones, and of minutes for the rest; late records are in
    /// them within the hour, within a day where they are more than a day late. Of what is older than 30 days only sums of whole hours are
    /// left, past 400 days of whole days: a range that begins or ends amid one is refused. The others read what their bucket still has. `shards` is what the sink wrote last, and all that a stand-in has.
    #[arg(long, value_enum, default_value_t = ReadingChoice::Auto)]
    pub reading: ReadingChoice,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Asking {
    /// What each campaign delivered, with CTR, CVR, eCPM and CPA.
    Totals,
    /// Sums and ratios in windows.
    OverTime,
    /// The campaigns with the most cost, or whatever --by says.
    Top,
    /// Cost and impressions by window, and so far.
    Pacing,
    /// Each campaign, and the same span a week before.
    Week,
    /// From impression to conversion.
    Funnel,
    /// How new the newest windows are.
    Freshness,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    Cost,
    Impressions,
    Clicks,
    Conversions,
    Value,
}

impl From<By> for Measure {
    fn from(by: By) -> Self {
        match by {
            By::Cost => Self::Cost,
            By::Impressions => Self::Impressions,
            By::Clicks => Self::Clicks,
            By::Conversions => Self::Conversions,
            By::Value => Self::Value,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReadingChoice {
    Auto,
    Shards,
    Minutes,
    Hours,
    Days,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Json,
}

/// A point in time as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    At(EventTime),
    Ago(Millis),
}

impl Moment {
    /// None before 2000 and after 2099, where there are no events.
    pub fn resolve(self, now: EventTime) -> Option<EventTime> {
        match self {
            Self::At(at) => Some(at),
            Self::Ago(span) => EventTime::from_ms(now.minus(span)),
        }
    }
}

fn moment(text: &str) -> Result<Moment, String> {
    let instant = EventTime::parse(text.as_bytes()).map(Moment::At);
    let span = || humantime::parse_duration(text).ok().map(|span| Moment::Ago(millis(span)));
    instant
        .or_else(span)
        .ok_or_else(|| "neither an instant as 2026-03-01T00:00:00Z nor a span before now as 7d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let now = EventTime::parse(b"2026-03-02T00:00:00Z").unwrap();
        let resolved = |text: &str| moment(text).map(|moment| moment.resolve(now).map(|at| at.to_string()));
        assert_eq!(resolved("24h"), Ok(Some("2026-03-01T00:00:00.000Z".to_owned())));
        assert_eq!(resolved("2026-03-01T02:00:00+01:00"), Ok(Some("2026-03-01T01:00:00.000Z".to_owned())));
        assert_eq!(resolved("99years"), Ok(None));
        assert!(resolved("yesterday").is_err() && resolved("").is_err());
    }
}
