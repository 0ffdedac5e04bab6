//! A range of time cut into parts, each of which is read from the coarsest sums that have it whole.

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS, Millis};

use crate::flux::Span;
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
    /// One level for the whole range: what its bucket still has of it.
    Only(Level),
    /// Days and hours where the range has enough whole ones that the tasks have summed by `now`, or where the finer sums are
    /// forgotten by then; minutes for the rest.
    Coarsest { now: EventTime },
}

/// Sums that were asked for and are no longer kept; a smaller number in their place would look like the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{measurement} keeps {keeps}, and {start} lies before that: only sums of {coarser} are left from then, so let the range begin and end on \
     {coarser} (UTC), and let windows (--every) be {coarser}; or name with --reading a level whose bucket keeps more than is declared",
    measurement = level.measurement(),
    keeps = Span(*keeps),
    coarser = if *level == Level::Hours { "whole days" } else { "whole hours" },
)]
pub struct Forgotten {
    level: Level,
    keeps: Millis,
    start: EventTime,
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
    pub fn parts(&self, range: TimeRange, every: Option<Millis>) -> Result<Vec<Part>, Forgotten> {
        match self {
            Self::Only(level) => Ok(vec![Part { level: *level, range }]),
            Self::Coarsest { now } => {
                let mut parts = Vec::new();
                Cut { now: *now, every }.cut(range, &[Level::Days, Level::Hours, Level::Minutes], &mut parts)?;
                Ok(parts)
            }
        }
    }

    /// The finest sums that are left of so long ago.
    pub fn finest(&self, at: EventTime) -> Level {
        match self {
            Self::Only(level) => *level,
            Self::Coarsest { now } => {
                let left = |level: &Level| forgotten(*level, at, *now).is_none();
                [Level::Minutes, Level::Hours].into_iter().find(left).unwrap_or(Level::Days)
            }
        }
    }
}

/// By what a range is cut.
struct Cut {
    now: EventTime,
    every: Option<Millis>,
}

impl Cut {
    /// Cuts what the first level has out of the middle of a range, and leaves both ends to the others.
    fn cut(&self, range: TimeRange, levels: &[Level], parts: &mut Vec<Part>) -> Result<(), Forgotten> {
        let Some((&level, finer)) = levels.split_first() else { return Ok(()) };
        if let Some(forgotten) = forgotten(level, range.start, self.now) {
            return Err(forgotten);
        }
        let Some(next) = finer.first() else {
            parts.push(Part { level, range });
            return Ok(());
        };
        // What the next level has forgotten is read from this one, whatever it is worth.
        let least = if forgotten(*next, range.start, self.now).is_some() { 1 } else { worth(level) };
        let Some(whole) = self.whole(range, level).filter(|whole| whole.span().0 >= least * level.width().0) else {
            return self.cut(range, finer, parts);
        };
        if let Some(before) = TimeRange::new(range.start, whole.start) {
            self.cut(before, finer, parts)?;
        }
        parts.push(Part { level, range: whole });
        TimeRange::new(whole.stop, range.stop).map_or(Ok(()), |after| self.cut(after, finer, parts))
    }

    /// The whole windows of a level that its task has summed; none where the windows asked for are no multiple of it.
    fn whole(&self, range: TimeRange, level: Level) -> Option<TimeRange> {
        let width = level.width();
        let fits = self.every.is_none_or(|every| every.0 % width.0 == 0);
        fits.then(|| range.whole(width.0, self.now.minus(ready_after(level)))).flatten()
    }
}

/// Where a level has nothing of that time any more.
fn forgotten(level: Level, start: EventTime, now: EventTime) -> Option<Forgotten> {
    let keeps = level.keeps()?;
    (start.as_ms() < now.minus(keeps)).then_some(Forgotten { level, keeps, start })
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

    fn parts(start: &str, stop: &str, now: &str, every: Option<i64>) -> Result<Vec<Part>, Forgotten> {
        let range = TimeRange::new(at(start), at(stop)).unwrap();
        Reading::Coarsest { now: at(now) }.parts(range, every.map(Millis))
    }

    fn told(start: &str, stop: &str, now: &str, every: Option<i64>) -> Vec<String> {
        let short = |at: EventTime| at.to_string()[5..16].to_owned();
        let line = |p: &Part| format!("{:?} {} {}", p.level, short(p.range.start), short(p.range.stop));
        parts(start, stop, now, every).unwrap().iter().map(line).collect()
    }

    #[test]
    fn the_middle_is_read_from_sums() {
        let (start, stop, later) = ("2026-03-01T22:30:00Z", "2026-03-03T04:10:00Z", "2026-03-20T00:00:00Z");
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

    #[test]
    fn what_is_forgotten_is_read_from_coarser_sums_however_little_it_is() {
        let two_months = "2026-05-01T10:37:00Z";
        assert_eq!(
            told("2026-03-01T20:00:00Z", "2026-03-01T22:00:00Z", two_months, None),
            ["Hours 03-01T20:00 03-01T22:00"]
        );
        assert_eq!(
            told("2026-04-01T10:00:00Z", "2026-04-01T12:30:00Z", two_months, None),
            ["Hours 04-01T10:00 04-01T12:00", "Minutes 04-01T12:00 04-01T12:30"]
        );
        assert_eq!(
            told("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "2027-05-01T00:00:00Z", None),
            ["Days 03-01T00:00 03-02T00:00"]
        );
    }

    #[test]
    fn what_is_nowhere_any_more_is_an_error_with_the_way_out() {
        let (two_months, two_years) = ("2026-05-01T10:37:00Z", "2028-03-01T00:00:00Z");
        for (start, stop, now, every, expected) in [
            (
                "2026-03-01T20:30:00Z",
                "2026-03-12T00:00:00Z",
                two_months,
                None,
                ["campaign_1m keeps 30d", "whole hours"],
            ),
            (
                "2026-03-01T20:00:00Z",
                "2026-03-12T00:10:00Z",
                two_months,
                None,
                ["campaign_1m keeps 30d", "whole hours"],
            ),
            (
                "2026-03-01T20:00:00Z",
                "2026-03-12T00:00:00Z",
                two_months,
                Some(30 * MINUTE_MS),
                ["campaign_1m", "--every"],
            ),
            ("2026-03-01T20:00:00Z", "2026-03-20T00:00:00Z", two_years, None, ["campaign_1h keeps 400d", "whole days"]),
            ("2026-03-01T00:00:00Z", "2026-03-20T01:00:00Z", two_years, None, ["campaign_1h keeps 400d", "whole days"]),
            ("2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z", two_years, Some(HOUR_MS), ["campaign_1h", "--every"]),
        ] {
            let refused = parts(start, stop, now, every).unwrap_err().to_string();
            assert!(expected.iter().all(|text| refused.contains(text)), "{refused}");
        }
    }

    /// Whether a level tells of a minute: it is kept, and lies in a window of the level that is summed and wholly asked for.
    fn is_told(level: Level, minute: EventTime, range: TimeRange, now: EventTime, every: Option<Millis>) -> bool {
        let width = level.width();
        let start = minute.floor_to(width).as_ms();
        start >= range.start.as_ms()
            && start + width.0 <= range.stop.as_ms()
            && every.is_none_or(|every| every.0 % width.0 == 0)
            && level.keeps().is_none_or(|keeps| start >= now.minus(keeps))
    }

    proptest! {
        #[test]
        fn parts_follow_one_another_and_are_whole_or_some_minute_is_nowhere(
            start in 0..100_000_i64, minutes in 1..60_000_i64, now in prop_oneof![0..200_000_i64, 600_000..800_000_i64],
            on in prop::sample::select(vec![1, 60, 1_440]), every in prop::sample::select(vec![None, Some(1), Some(60), Some(360), Some(1_440)]),
        ) {
            let instant = |minute: i64| EventTime::from_ms(EventTime::MIN.as_ms() + minute * MINUTE_MS).unwrap();
            let range = TimeRange::new(instant(start / on * on), instant((start + minutes) / on * on));
            prop_assume!(range.is_some());
            let (range, now) = (range.unwrap(), instant(now));
            let every = every.map(|minutes| Millis(minutes * MINUTE_MS));
            let parts = Reading::Coarsest { now }.parts(range, every);
            let summed = [Level::Minutes, Level::Hours, Level::Days];
            let minutes = (range.start.as_ms()..range.stop.as_ms()).step_by(MINUTE_MS as usize).filter_map(EventTime::from_ms);
            let all_told = minutes.into_iter().all(|minute| summed.into_iter().any(|level| is_told(level, minute, range, now, every)));
            prop_assert_eq!(parts.is_ok(), all_told);
            let Ok(parts) = parts else { return Ok(()) };
            prop_assert!(parts.len() <= 5);
            prop_assert_eq!((parts[0].range.start, parts[parts.len() - 1].range.stop), (range.start, range.stop));
            prop_assert!(parts.windows(2).all(|pair| pair[0].range.stop == pair[1].range.start));
            for part in parts {
                let width = part.level.width().0;
                prop_assert!(part.range.start < part.range.stop);
                prop_assert!(part.range.start.as_ms() % width == 0 && part.range.stop.as_ms() % width == 0);
                prop_assert!(part.level == Level::Minutes || part.range.stop < now);
                prop_assert!(part.level.keeps().is_none_or(|keeps| part.range.start.as_ms() >= now.minus(keeps)));
                prop_assert!(every.is_none_or(|every| every.0 % width == 0));
            }
        }
    }
}
