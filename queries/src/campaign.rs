//! What is asked about campaigns: each text sums first, where the storage does it, and makes columns of what little is left.
//! Every table costs some 50 µs, however few rows it has: tables are made one before they are united or grouped anew.

mod freshness;
mod question;
mod week;

pub use question::{Measure, Question};

use adx_events::time::Millis;

use crate::buckets::Buckets;
use crate::flux::{add_columns, filter_any, filter_fields, group, pivot};
use crate::level::Level;
use crate::parts::{Forgotten, Part, Reading, TimeRange};
use crate::text::{quoted, unquoted};

const SUM: &str = "\n    |> sum()";
const UNGROUPED: &str = "\n    |> group()";

/// Which points: of which buckets, of all campaigns or one, from when to when, and out of which sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub buckets: Buckets,
    pub campaign: Option<String>,
    pub range: TimeRange,
    pub reading: Reading,
}

impl Scope {
    /// The same, earlier.
    fn earlier(&self, by: Millis) -> Option<Self> {
        Some(Self { range: self.range.earlier(by)?, ..self.clone() })
    }

    /// The rows of every part of the range after steps of its level, and of all parts together after `together`, where there
    /// are several. Sums are told in windows of `every`.
    fn rows(
        &self,
        every: Option<Millis>,
        fields: &[&str],
        steps: impl Fn(Level) -> String,
        together: &str,
    ) -> Result<String, Forgotten> {
        let parts = self.reading.parts(self.range, every)?;
        let together = if parts.len() > 1 { together } else { "" };
        Ok(united(parts.into_iter().map(|part| self.part(part, fields) + &steps(part.level))) + together)
    }

    fn part(&self, part: Part, fields: &[&str]) -> String {
        self.points(part) + &filter_fields(fields)
    }

    fn points(&self, part: Part) -> String {
        let campaign = self.campaign.as_deref().map(|id| filter_any("campaign_id", &[id])).unwrap_or_default();
        let TimeRange { start, stop } = part.range;
        let (bucket, measurement) = (quoted(&part.level.bucket(&self.buckets)), part.level.measurement());
        let measurement = filter_any("_measurement", &[measurement]);
        format!("from(bucket: {bucket})\n    |> range(start: {start}, stop: {stop}){measurement}{campaign}")
    }

    /// A row for each campaign with a column for each field, shards and windows summed.
    fn per_campaign(&self, fields: &[&str]) -> Result<String, Forgotten> {
        let columns = UNGROUPED.to_owned() + &pivot(&KEY);
        let shards_first = group(&[&KEY[..], &["_field"]].concat());
        let steps = |level| match level {
            Level::Shards => format!("{shards_first}{SUM}{columns}"),
            Level::Minutes | Level::Hours | Level::Days => format!("{SUM}{columns}"),
        };
        self.rows(None, fields, steps, &(group(&KEY) + &add_columns(fields) + UNGROUPED))
    }

    /// The scope of a single level that a text begins with.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("from(bucket: ")?;
        let (bucket, rest) = rest.split_once(")\n    |> range(start: ")?;
        let (start, rest) = rest.split_once(", stop: ")?;
        let (stop, rest) = rest.split_once(")\n    |> filter(fn: (r) => r._measurement == ")?;
        let (measurement, rest) = rest.split_once(")\n")?;
        let instant = |text: &str| adx_events::time::EventTime::parse(text.as_bytes());
        let level =
            Level::ALL.into_iter().find(|level| literal(measurement).as_deref() == Some(level.measurement()))?;
        Some(Self {
            buckets: level.buckets(&literal(bucket)?)?,
            campaign: of_campaign(rest),
            range: TimeRange::new(instant(start)?, instant(stop)?)?,
            reading: Reading::Only(level),
        })
    }
}

/// What a campaign's rows have in common.
const KEY: [&str; 2] = ["campaign_id", "advertiser_id"];

/// The campaign whose filter the steps begin with, if they do.
fn of_campaign(steps: &str) -> Option<String> {
    let name = steps.strip_prefix("    |> filter(fn: (r) => r.campaign_id == ")?;
    literal(name.split_once(")\n").map_or(name, |(name, _)| name))
}

fn literal(text: &str) -> Option<String> {
    unquoted(text.strip_prefix('"')?.strip_suffix('"')?)
}

fn united(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    match parts.as_slice() {
        [one] => one.clone(),
        many => format!("union(tables: [\n{},\n])", many.join(",\n")),
    }
}
