//! The tasks: shards summed into `campaign_1m`, `campaign_1h`, `campaign_1d`, over and over as far back as late records reach.

use adx_events::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, SECOND_MS};

use crate::buckets::Buckets;
use crate::flux::{Span, WITH_RATIOS, count_windows, filter_fields, group, pivot, sum_windows};
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
    pub reach: Reach,
}

/// Which windows a run sums anew (semantics.md, Output).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of so long before it.
    Last(Millis),
    /// One hour, each in its turn: [`RECENT_HOURS`] once an hour, those before them up to [`OLDEST_HOUR`] at least once a day, and the
    /// running one, as far as it is over, a few times: what came in late there would else wait until it is through.
    /// All at once they would take gigabytes of the server's memory.
    HourInTurn,
}

/// Hours that have a minute of every hour to themselves.
const RECENT_HOURS: i64 = 26;
/// Nine days back.
const OLDEST_HOUR: i64 = 9 * 24;
/// The minutes that are the running hour's: every tenth after those of the recent ones; the first minute of the next hour is its as well.
const RUNNING_HOUR: [i64; 3] = [30, 40, 50];
/// The minutes of an hour that are left for the older ones.
const OTHER_MINUTES: i64 = 60 - RECENT_HOURS - RUNNING_HOUR.len() as i64;
const _: () = assert!(24 * OTHER_MINUTES >= OLDEST_HOUR - RECENT_HOURS, "a day has a turn for every older hour");

const fn rollup(into: Level, every: i64, offset: i64, reach: Reach) -> Rollup {
    Rollup { into, every: Millis(every), offset: Millis(offset), reach }
}

/// All tasks there are.
pub const ROLLUPS: [Rollup; 5] = [
    rollup(Level::Minutes, MINUTE_MS, 10 * SECOND_MS, Reach::Last(Millis(15 * MINUTE_MS))),
    rollup(Level::Minutes, MINUTE_MS, 30 * SECOND_MS, Reach::HourInTurn),
    rollup(Level::Hours, HOUR_MS, 2 * MINUTE_MS, Reach::Last(Millis(RECENT_HOURS * HOUR_MS))),
    rollup(Level::Hours, DAY_MS, 80 * MINUTE_MS, Reach::Last(Millis(OLDEST_HOUR * HOUR_MS))),
    rollup(Level::Days, DAY_MS, 90 * MINUTE_MS, Reach::Last(Millis(9 * DAY_MS))),
];

impl Rollup {
    /// A name within the template: lower-case letters, digits and hyphens.
    pub fn key(&self) -> String {
        self.called().replace(['_', ' '], "-")
    }

    /// What people see it called.
    pub fn name(&self, buckets: &Buckets) -> String {
        format!("{}: {}", buckets.prefix(), self.called())
    }

    fn called(&self) -> String {
        let what = self.into.measurement();
        match self.reach {
            Reach::Last(_) => format!("{what} every {}", Span(self.every)),
            Reach::HourInTurn => format!("{what} hour by hour"),
        }
    }

    pub fn description(&self) -> String {
        let what = self.into.measurement();
        let which = match self.reach {
            Reach::Last(span) => format!("for the last {}", Span(span)),
            Reach::HourInTurn => format!("for one of the last {OLDEST_HOUR} hours, each in its turn"),
        };
        format!("Sums the shards of campaign into {what}, anew {which}, so that late records arrive")
    }

    /// The Flux text, without the option that names the task.
    pub fn text(&self, buckets: &Buckets) -> String {
        let (from, to) = (quoted(&Level::Shards.bucket(buckets)), quoted(&self.into.bucket(buckets)));
        let (measurement, source) = (quoted(self.into.measurement()), quoted(Level::Shards.measurement()));
        let summed = sum_windows(&Span(self.into.width()));
        let series = group(&["campaign_id", "advertiser_id", "_field"]);
        let counts = format!("{}{}{series}{summed}{UNGROUPED}", filter_fields(&self.counts()), self.first_sum());
        let unset = UNSET.to_owned() + &count_windows(&Span(self.into.width()));
        let flags = format!("{}{unset}{series}{summed}{UNGROUPED}", filter_fields(&FLAGS));
        let columns = pivot(&["_time", "campaign_id", "advertiser_id"]) + ALL_SET + WITH_RATIOS;
        let key = group(&["_measurement", "campaign_id", "advertiser_id"]);
        let range = self.range();
        format!(
            r#"import "date"
import "influxdata/influxdb"

{range}
// A function: rows read once for both would be read whole, and filtered here in place of the storage.
shards = () => from(bucket: {from}) |> range(start: start, stop: stop) |> filter(fn: (r) => r._measurement == {source})
counts = shards(){counts}
// How many of the windows of shards are not settled, not final.
unset = shards(){flags}

union(tables: [counts, unset]){columns}
    |> set(key: "_measurement", value: {measurement}){key}
    |> influxdb.wideTo(bucket: {to})
"#
        )
    }

    /// Whole windows alone, whenever it runs.
    fn range(&self) -> String {
        let width = Span(self.into.width());
        match self.reach {
            Reach::Last(span) => format!(
                "// Whole windows alone, whenever it runs: part of one would overwrite the whole.\n\
                 start = date.truncate(t: date.sub(d: {}, from: now()), unit: {width})\n\
                 stop = date.truncate(t: now(), unit: {width})",
                Span(span)
            ),
            Reach::HourInTurn => hour_in_turn(),
        }
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

/// Minutes are the windows: of the running hour those that are over.
fn hour_in_turn() -> String {
    let running: Vec<String> = RUNNING_HOUR.iter().map(|minute| format!("minute == {minute}")).collect();
    let (running, first) = (running.join(" or "), RUNNING_HOUR[0] - 10);
    format!(
        "// The hour whose turn it is: minutes 1 to {RECENT_HOURS} are those of the last hours, some the running one's, the others those of older ones.\n\
         minute = date.minute(t: now())\n\
         other = if minute == 0 then 0 else minute - {RECENT_HOURS} - (minute - {first}) / 10\n\
         turn = (date.hour(t: now()) * {OTHER_MINUTES} + other) % {}\n\
         is_running = {running}\n\
         back = if minute >= 1 and minute <= {RECENT_HOURS} then minute else if is_running then 0 else {} + turn\n\
         start = date.sub(d: duration(v: back * {}), from: date.truncate(t: now(), unit: 1h))\n\
         stop = if is_running then date.truncate(t: now(), unit: 1m) else date.add(d: 1h, to: start)",
        OLDEST_HOUR - RECENT_HOURS,
        RECENT_HOURS + 1,
        HOUR_MS * 1_000_000,
    )
}

const UNGROUPED: &str = "\n    |> group()";
/// The storage does that, too.
const UNSET: &str = "\n    |> filter(fn: (r) => r._value == false)";
/// Where nothing is unset there is no count of it.
const ALL_SET: &str = "
    |> map(fn: (r) => ({r with settled: if exists r.settled then 0 else 1, final: if exists r.final then 0 else 1}))";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tasks_differ_in_key_and_reach_back_further_than_their_period() {
        let keys: BTreeSet<String> = ROLLUPS.iter().map(Rollup::key).collect();
        assert_eq!(keys.len(), ROLLUPS.len());
        for rollup in ROLLUPS {
            assert!(rollup.offset.0 < rollup.every.0, "InfluxDB refuses another");
            if let Reach::Last(span) = rollup.reach {
                assert!(span.0 >= rollup.every.0 + rollup.into.width().0, "{rollup:?}");
            }
            assert!(
                rollup.key().len() <= 63
                    && rollup.key().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            );
        }
    }

    /// As the text of the task counts; the tests on a real server run it.
    fn hours_back(hour: i64, minute: i64) -> i64 {
        let other = if minute == 0 { 0 } else { minute - RECENT_HOURS - (minute - 20) / 10 };
        let turn = (hour * OTHER_MINUTES + other) % (OLDEST_HOUR - RECENT_HOURS);
        match minute {
            1..=RECENT_HOURS => minute,
            minute if RUNNING_HOUR.contains(&minute) => 0,
            _ => RECENT_HOURS + 1 + turn,
        }
    }

    #[test]
    fn every_hour_has_its_turn_within_a_day_and_no_window_of_the_last_waits_longer_than_a_quarter() {
        // Hours of the past, by number: each run sums one.
        let day = (24..48).flat_map(|hour| (0..60).map(move |minute| (hour, hour - hours_back(hour % 24, minute))));
        let summed: BTreeSet<i64> =
            day.filter(|(hour, summed)| hour - summed > RECENT_HOURS).map(|(_, summed)| summed).collect();
        let oldest_to_recent = 48 - OLDEST_HOUR..24 - RECENT_HOURS;
        assert!(oldest_to_recent.clone().all(|hour| summed.contains(&hour)), "{oldest_to_recent:?} {summed:?}");
        // From the minute when the last 15 have left a window of the running hour behind until its hour has a turn again.
        let turns: Vec<i64> = RUNNING_HOUR.into_iter().chain([61]).collect();
        assert!(turns[0] - 16 < 15 && turns.windows(2).all(|pair| pair[1] - pair[0] < 15));
        assert!(RUNNING_HOUR.iter().all(|minute| hours_back(0, *minute) == 0) && hours_back(0, 1) == 1);
    }

    #[test]
    fn users_are_summed_over_shards_alone() {
        let buckets = Buckets::of("adx").unwrap();
        for rollup in ROLLUPS {
            assert_eq!(rollup.text(&buckets).contains("\"users\""), rollup.into == Level::Minutes, "{rollup:?}");
        }
    }
}
