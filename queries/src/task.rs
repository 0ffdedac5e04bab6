//! The tasks: shards summed into `campaign_1m`, `campaign_1h`, `campaign_1d`, over and over as far back as late records reach.

use adx_events::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, SECOND_MS};

use crate::buckets::Buckets;
use crate::flux::{Span, WITH_RATIOS, filter_fields, group, pivot, sum_windows};
use crate::level::{ADDITIVE, FLAGS, Level, USERS};
use crate::text::quoted;

/// What one task sums, and how often. Every task reads the shards themselves, so that none depends on another's success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollup {
    /// Where the sums go.
    pub into: Level,
    pub every: Millis,
    /// Later than the sink is with the last window, and one task after the other.
    pub offset: Millis,
    /// How far back every run goes (semantics.md, Output): what it finds changed, it writes anew.
    pub over: Millis,
}

const fn rollup(into: Level, every: i64, offset: i64, over: i64) -> Rollup {
    Rollup { into, every: Millis(every), offset: Millis(offset), over: Millis(over) }
}

/// All tasks there are.
pub const ROLLUPS: [Rollup; 6] = [
    rollup(Level::Minutes, MINUTE_MS, 10 * SECOND_MS, 15 * MINUTE_MS),
    rollup(Level::Minutes, HOUR_MS, 2 * MINUTE_MS, 26 * HOUR_MS),
    rollup(Level::Hours, HOUR_MS, 4 * MINUTE_MS, 26 * HOUR_MS),
    rollup(Level::Minutes, DAY_MS, 70 * MINUTE_MS, 9 * DAY_MS),
    rollup(Level::Hours, DAY_MS, 80 * MINUTE_MS, 9 * DAY_MS),
    rollup(Level::Days, DAY_MS, 90 * MINUTE_MS, 9 * DAY_MS),
];

impl Rollup {
    /// A name within the template: lower-case letters, digits and hyphens.
    pub fn key(&self) -> String {
        format!("{}-every-{}", self.into.measurement().replace('_', "-"), Span(self.every))
    }

    /// What people see it called.
    pub fn name(&self, buckets: &Buckets) -> String {
        format!("{}: {} every {}", buckets.prefix(), self.into.measurement(), Span(self.every))
    }

    pub fn description(&self) -> String {
        let what = self.into.measurement();
        format!(
            "Sums the shards of campaign into {what}, anew for the last {}, so that late records arrive",
            Span(self.over)
        )
    }

    /// The Flux text, without the option that names the task.
    pub fn text(&self, buckets: &Buckets) -> String {
        let (from, to) = (quoted(&Level::Shards.bucket(buckets)), quoted(&self.into.bucket(buckets)));
        let (measurement, source) = (quoted(self.into.measurement()), quoted(Level::Shards.measurement()));
        let (width, over) = (Span(self.into.width()), Span(self.over));
        let counts = filter_fields(&self.counts()) + &self.first_sum();
        let flags = filter_fields(&FLAGS);
        let unset =
            format!("\n    |> map(fn: (r) => ({{r with _value: if r._value then 0 else 1}})){}", self.first_sum());
        let summed = group(&["campaign_id", "advertiser_id", "_field"])
            + &sum_windows(&width)
            + &group(&["campaign_id", "advertiser_id"])
            + &pivot(&["_time"])
            + ALL_SET
            + WITH_RATIOS;
        let series = group(&["_measurement", "campaign_id", "advertiser_id"]);
        format!(
            r#"import "date"
import "influxdata/influxdb"

// Whole windows alone, whenever it runs: part of one would overwrite the whole.
start = date.truncate(t: date.sub(d: {over}, from: now()), unit: {width})
stop = date.truncate(t: now(), unit: {width})
// A function: rows read once for both would be read whole, and filtered here in place of the storage.
shards = () => from(bucket: {from}) |> range(start: start, stop: stop) |> filter(fn: (r) => r._measurement == {source})
counts = shards(){counts}
// How many of the windows of shards are not settled, not final.
unset = shards(){flags}{unset}

union(tables: [counts, unset]){summed}
    |> set(key: "_measurement", value: {measurement}){series}
    |> influxdb.wideTo(bucket: {to})
"#
        )
    }

    fn counts(&self) -> Vec<&'static str> {
        let users = (self.into == Level::Minutes).then_some(USERS);
        ADDITIVE.into_iter().chain(users).collect()
    }

    /// Where many windows become one the storage sums them; otherwise a shard has one point in a window.
    fn first_sum(&self) -> String {
        match self.into {
            Level::Shards | Level::Minutes => String::new(),
            Level::Hours | Level::Days => sum_windows(&Span(self.into.width())),
        }
    }
}

const ALL_SET: &str = "
    |> map(fn: (r) => ({r with settled: if r.settled == 0 then 1 else 0, final: if r.final == 0 then 1 else 0}))";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tasks_differ_in_key_and_reach_back_further_than_their_period() {
        let keys: BTreeSet<String> = ROLLUPS.iter().map(Rollup::key).collect();
        assert_eq!(keys.len(), ROLLUPS.len());
        for rollup in ROLLUPS {
            assert!(rollup.over.0 >= rollup.every.0 + rollup.into.width().0 && rollup.offset.0 < rollup.every.0);
            assert!(
                rollup.key().len() <= 63
                    && rollup.key().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            );
        }
    }

    #[test]
    fn users_are_summed_over_shards_alone() {
        let buckets = Buckets::of("adx").unwrap();
        for rollup in ROLLUPS {
            assert_eq!(rollup.text(&buckets).contains("\"users\""), rollup.into == Level::Minutes, "{rollup:?}");
        }
    }
}
