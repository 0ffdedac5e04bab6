//! A range of time cut into parts, each of which is read from the coarsest sums that have it whole.

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS, Millis};

use crate::level::Level;

/// From `start`, before `stop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    pub start: EventTime,
    pub stop: EventTime,
}

/// Part of a range, and where it is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub level: Level,
    pub range: TimeRange,
}

/// Which sums may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// One level for the whole range.
    Only(Level),
    /// Days and hours where the range has enough whole ones that the tasks have summed by `now`, minutes for the rest.
    Coarsest { now: EventTime },
}

/// Fewer whole hours, or days, than this are not worth another part: every part has tables of its own for every series.
const HOURS_WORTH: i64 = 6;
const DAYS_WORTH: i64 = 14;
/// When a task is through with the last whole hour, or day: its offset, and time to run.
const HOURS_READY_AFTER: Millis = Millis(15 * MINUTE_MS);
const DAYS_READY_AFTER: Millis = Millis(3 * HOUR_MS);

impl TimeRange {
    /// The range, unless it is empty.
    pub fn new(start: EventTime, stop: EventTime) -> Option<Self> {
        (start < stop).then_some(Self { start, stop })
    }

    pub fn span(&self) -> Millis {
        Millis(self.stop.as_ms() - self.start.as_ms())
    }

    /// The same range, earlier; none where it would lie before all event times.
    pub fn earlier(&self, by: Millis) -> Option<Self> {
        let back = |at: EventTime| EventTime::from_ms(at.minus(by));
        Some(Self { start: back(self.start)?, stop: back(self.stop)? })
    }

    /// The whole windows of `width` in it that end by `ready`.
    fn whole(&self, width: i64, ready: i64) -> Option<Self> {
        let start = self.start.as_ms() + (-self.start.as_ms()).rem_euclid(width);
        let stop = self.stop.as_ms().min(ready);
        let stop = stop - stop.rem_euclid(width);
        Self::new(EventTime::from_ms(start)?, EventTime::from_ms(stop)?)
    }
}

impl Reading {
    /// The parts of a range, in the order of time; none is coarser than `every`, where sums are told in such windows.
    pub fn parts(&self, range: TimeRange, every: Option<Millis>) -> Vec<Part> {
        match self {
            Self::Only(level) => vec![Part { level: *level, range }],
            Self::Coarsest { now } => {
                let mut parts = Vec::new();
                cut(range, *now, every, &[Level::Days, Level::Hours], &mut parts);
                parts
            }
        }
    }
}

/// Cuts what the first level has out of the middle of a range, and leaves both ends to the others.
fn cut(range: TimeRange, now: EventTime, every: Option<Millis>, levels: &[Level], parts: &mut Vec<Part>) {
    let Some((&level, finer)) = levels.split_first() else {
        return parts.push(Part { level: Level::Minutes, range });
    };
    let width = level.width();
    let fits = every.is_none_or(|every| every.0 % width.0 == 0);
    let whole = fits.then(|| range.whole(width.0, now.minus(ready_after(level)))).flatten();
    let Some(whole) = whole.filter(|whole| whole.span().0 >= worth(level) * width.0) else {
        return cut(range, now, every, finer, parts);
    };
    if let Some(before) = TimeRange::new(range.start, whole.start) {
        cut(before, now, every, finer, parts);
    }
    parts.push(Part { level, range: whole });
    if let Some(after) = TimeRange::new(whole.stop, range.stop) {
        cut(after, now, every, finer, parts);
    }
}

fn worth(level: Level) -> i64 {
    if level.width().0 == DAY_MS { DAYS_WORTH } else { HOURS_WORTH }
}

fn ready_after(level: Level) -> Millis {
    if level.width().0 == DAY_MS { DAYS_READY_AFTER } else { HOURS_READY_AFTER }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> EventTime {
        EventTime::parse(text.as_bytes()).unwrap()
    }

    fn told(start: &str, stop: &str, now: &str, every: Option<i64>) -> Vec<String> {
        let range = TimeRange::new(at(start), at(stop)).unwrap();
        let parts = Reading::Coarsest { now: at(now) }.parts(range, every.map(Millis));
        let short = |at: EventTime| at.to_string()[5..16].to_owned();
        parts.iter().map(|p| format!("{:?} {} {}", p.level, short(p.range.start), short(p.range.stop))).collect()
    }

    #[test]
    fn the_middle_is_read_from_sums() {
        let (start, stop, later) = ("2026-03-01T22:30:00Z", "2026-03-03T04:10:00Z", "2026-06-01T00:00:00Z");
        assert_eq!(
            told(start, stop, later, None),
            ["Minutes 03-01T22:30 03-01T23:00", "Hours 03-01T23:00 03-03T04:00", "Minutes 03-03T04:00 03-03T04:10"]
        );
        assert_eq!(told(start, stop, later, Some(5 * MINUTE_MS)), ["Minutes 03-01T22:30 03-03T04:10"]);
        assert_eq!(
            told("2026-03-01T20:00:00Z", "2026-03-16T00:00:00Z", later, None),
            ["Minutes 03-01T20:00 03-02T00:00", "Days 03-02T00:00 03-16T00:00"]
        );
    }

    #[test]
    fn what_the_tasks_have_not_summed_yet_is_read_from_minutes() {
        let (start, stop) = ("2026-03-01T00:00:00Z", "2026-03-01T12:00:00Z");
        assert_eq!(
            told(start, stop, "2026-03-01T12:05:00Z", None),
            ["Hours 03-01T00:00 03-01T11:00", "Minutes 03-01T11:00 03-01T12:00"]
        );
        assert_eq!(told(start, stop, "2026-03-01T02:00:00Z", None), ["Minutes 03-01T00:00 03-01T12:00"]);
    }

    proptest! {
        #[test]
        fn parts_follow_one_another_and_are_whole(
            start in 0..100_000_i64, minutes in 1..60_000_i64, now in 0..200_000_i64, every in prop::sample::select(vec![None, Some(1), Some(60), Some(360), Some(1_440)]),
        ) {
            let instant = |minute: i64| EventTime::from_ms(EventTime::MIN.as_ms() + minute * MINUTE_MS).unwrap();
            let range = TimeRange::new(instant(start), instant(start + minutes)).unwrap();
            let every = every.map(|minutes| Millis(minutes * MINUTE_MS));
            let parts = Reading::Coarsest { now: instant(now) }.parts(range, every);
            prop_assert!(parts.len() <= 5);
            prop_assert_eq!((parts[0].range.start, parts[parts.len() - 1].range.stop), (range.start, range.stop));
            prop_assert!(parts.windows(2).all(|pair| pair[0].range.stop == pair[1].range.start));
            for part in parts {
                let width = part.level.width().0;
                prop_assert!(part.range.start < part.range.stop);
                prop_assert!(part.range.start.as_ms() % width == 0 && part.range.stop.as_ms() % width == 0);
                prop_assert!(part.level == Level::Minutes || part.range.stop < instant(now));
                prop_assert!(every.is_none_or(|every| every.0 % width == 0));
            }
        }
    }
}
