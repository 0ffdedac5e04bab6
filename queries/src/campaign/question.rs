//! The questions of `adx report`, and their Flux texts.

use adx_events::time::Millis;

use super::{SUM, Scope, UNGROUPED, freshness, week};
use crate::flux::{Span, WITH_RATIOS, group, pivot, sum_windows};
use crate::level::ADDITIVE;
use crate::parts::Forgotten;

/// What campaigns are judged by: fewer fields are fewer tables.
const JUDGED: [&str; 7] = [
    "impressions",
    "clicks",
    "conversions",
    "attributed_conversions",
    "view_through_conversions",
    "cost_micros",
    "value_micros",
];

/// A question about campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// What each campaign delivered: a row for each, in the order of their ids.
    Totals,
    /// The sums of all campaigns asked about, and their ratios, in windows of this length.
    OverTime { every: Millis },
    /// The campaigns with the most of something, the first first.
    Top { by: Measure, limit: u32 },
    /// Cost and impressions by window, and up to each window's end.
    Pacing { every: Millis },
    /// What each campaign delivered, and in the same span a week before.
    Week,
    /// All that leads from an impression to a conversion, summed: a row for each field.
    Funnel,
    /// The newest window of each shard, and of what the tasks sum.
    Freshness,
}

/// What campaigns are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Cost,
    Impressions,
    Clicks,
    Conversions,
    Value,
}

impl Measure {
    pub const ALL: [Self; 5] = [Self::Cost, Self::Impressions, Self::Clicks, Self::Conversions, Self::Value];

    pub const fn field(self) -> &'static str {
        match self {
            Self::Cost => "cost_micros",
            Self::Impressions => "impressions",
            Self::Clicks => "clicks",
            Self::Conversions => "conversions",
            Self::Value => "value_micros",
        }
    }
}

const PACED: [&str; 2] = ["impressions", "cost_micros"];
const BY_TIME: &str = "\n    |> sort(columns: [\"_time\"])";
const SO_FAR: &str = "
    |> map(fn: (r) => ({r with impressions_so_far: r.impressions, cost_micros_so_far: r.cost_micros}))
    |> cumulativeSum(columns: [\"impressions_so_far\", \"cost_micros_so_far\"])";

impl Question {
    /// The Flux text; an error where sums of the range are no longer kept.
    pub fn text(&self, scope: &Scope) -> Result<String, Forgotten> {
        Ok(match self {
            Self::Totals => scope.per_campaign(&ADDITIVE)? + WITH_RATIOS + "\n    |> sort(columns: [\"campaign_id\"])",
            Self::OverTime { every } => by_time(scope, &JUDGED, *every)? + WITH_RATIOS,
            Self::Top { by, limit } => {
                // Equals stand in a certain order, too.
                let order = format!("\n    |> sort(columns: [\"{}\", \"campaign_id\"], desc: true)", by.field());
                scope.per_campaign(&JUDGED)? + WITH_RATIOS + &order + &format!("\n    |> limit(n: {limit})")
            }
            Self::Pacing { every } => by_time(scope, &PACED, *every)? + SO_FAR,
            Self::Week => week::text(scope)?,
            Self::Funnel => {
                let sums = group(&["_field"]) + SUM;
                scope.rows(None, &ADDITIVE, |_| sums.clone(), &sums)? + UNGROUPED
            }
            Self::Freshness => freshness::text(scope),
        })
    }
}

/// A row for each window with a column for each field, all series summed.
fn by_time(scope: &Scope, fields: &[&str], every: Millis) -> Result<String, Forgotten> {
    let windows = group(&["_field"]) + &sum_windows(&Span(every));
    Ok(scope.rows(Some(every), fields, |_| windows.clone(), &windows)? + UNGROUPED + &pivot(&["_time"]) + BY_TIME)
}
