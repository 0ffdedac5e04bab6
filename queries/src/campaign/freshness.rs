//! How new the newest windows are.

use adx_events::time::{EventTime, Millis};

use super::{Scope, UNGROUPED, united};
use crate::flux::group;
use crate::level::Level;
use crate::parts::{Part, Reading, TimeRange};

/// Every point has it.
const FIELD: [&str; 1] = ["impressions"];

/// Windows of a level at least that are looked at.
const WINDOWS: i64 = 3;

/// A row for each measurement, and each of its shards, with the time of its newest window.
pub(super) fn text(scope: &Scope) -> String {
    let levels = match scope.reading {
        Reading::Only(level) => vec![level],
        Reading::Coarsest { .. } => Level::ALL.to_vec(),
    };
    let newest = |level| scope.part(Part { level, range: reach(scope.range, level) }, &FIELD) + "\n    |> last()";
    united(levels.into_iter().map(newest))
        + &group(&["_measurement", "shard"])
        + "\n    |> max(column: \"_time\")\n    |> keep(columns: [\"_measurement\", \"shard\", \"_time\"])"
        + UNGROUPED
        + "\n    |> sort(columns: [\"_measurement\", \"shard\"])"
}

/// The range, or as much more that windows of a level lie in it whole: one that is missing is to be seen as old, not as nothing.
fn reach(range: TimeRange, level: Level) -> TimeRange {
    let least = EventTime::from_ms(range.stop.minus(Millis(WINDOWS * level.width().0))).unwrap_or(EventTime::MIN);
    TimeRange { start: range.start.min(least), ..range }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_holds_no_whole_day_reaches_back_to_some() {
        let at = |text: &str| EventTime::parse(text.as_bytes()).unwrap();
        let (start, stop) = (at("2026-03-08T10:37:00Z"), at("2026-03-09T10:37:00Z"));
        let range = TimeRange::new(start, stop).unwrap();
        let starts = Level::ALL.map(|level| reach(range, level).start);
        assert_eq!(starts, [start, start, start, at("2026-03-06T10:37:00Z")]);
        let long = TimeRange::new(at("2026-03-01T00:00:00Z"), stop).unwrap();
        assert_eq!(reach(long, Level::Days), long);
        assert_eq!(reach(reach(range, Level::Days), Level::Days), reach(range, Level::Days), "a text tells its range");
    }
}
