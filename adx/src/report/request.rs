//! What a report is to tell: the arguments checked once.

use std::time::Duration;

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS, Millis};
use adx_queries::campaign::{Question, Scope};
use adx_queries::{Level, Reading, TimeRange};
use anyhow::{Context, ensure};

use crate::cli::millis;
use crate::cli::report::{Asking, Moment, ReadingChoice, ReportArgs};

/// Windows of an answer that can be looked at.
const WINDOWS: i64 = 120;
/// Windows of an answer at most.
const WINDOWS_MAX: i64 = 50_000;
/// Lengths of windows that people think in.
const LENGTHS: [i64; 8] =
    [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, DAY_MS];

/// A question and which points it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub question: Question,
    pub scope: Scope,
    text: String,
}

impl Request {
    pub fn of(args: &ReportArgs, now: EventTime) -> anyhow::Result<Self> {
        let reading = reading(args.reading, now);
        let reached = |moment: Moment| {
            let at = moment.resolve(now).context("no event is older than the year 2000")?;
            Ok::<_, anyhow::Error>(whole(moment, at, reading))
        };
        let start = reached(args.from).context("--from cannot be used")?;
        let stop = args.to.map_or(Ok(now), reached).context("--to cannot be used")?;
        let range = TimeRange::new(start, stop).with_context(|| format!("--from {start} is not before --to {stop}"))?;
        let finest = reading.finest(start).width();
        let every = args.every.map_or_else(|| Ok(usual(range, finest)), |every| checked(every, range))?;
        let question = match args.question {
            Asking::Totals => Question::Totals,
            Asking::OverTime => Question::OverTime { every },
            Asking::Top => Question::Top { by: args.by.into(), limit: args.limit },
            Asking::Pacing => Question::Pacing { every },
            Asking::Week => Question::Week,
            Asking::Funnel => Question::Funnel,
            Asking::Freshness => Question::Freshness,
        };
        let scope = Scope { buckets: args.buckets.prefix.clone(), campaign: args.campaign.clone(), range, reading };
        let text =
            question.text(&scope).with_context(|| format!("what was from {start} to {stop} cannot be told whole"))?;
        Ok(Self { question, scope, text })
    }

    /// The Flux text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn reading(choice: ReadingChoice, now: EventTime) -> Reading {
    match choice {
        ReadingChoice::Auto => Reading::Coarsest { now },
        ReadingChoice::Shards => Reading::Only(Level::Shards),
        ReadingChoice::Minutes => Reading::Only(Level::Minutes),
        ReadingChoice::Hours => Reading::Only(Level::Hours),
        ReadingChoice::Days => Reading::Only(Level::Days),
    }
}

/// A day ago or more is the start of its hour, whose sums can be read; of its day, where only those of days are left.
fn whole(moment: Moment, at: EventTime, reading: Reading) -> EventTime {
    let floor = |width: i64| EventTime::from_ms(at.floor_to(Millis(width)).as_ms()).unwrap_or(at);
    match moment {
        Moment::Ago(span) if span.0 >= DAY_MS => floor(HOUR_MS.max(reading.finest(floor(HOUR_MS)).width().0)),
        Moment::Ago(_) | Moment::At(_) => at,
    }
}

/// Windows that are not too many, and no shorter than the sums that are left.
fn usual(range: TimeRange, finest: Millis) -> Millis {
    let longest = LENGTHS[LENGTHS.len() - 1];
    let fits = |length: &i64| range.span().0 / length <= WINDOWS && *length >= finest.0;
    Millis(LENGTHS.into_iter().find(fits).unwrap_or(longest))
}

fn checked(every: Duration, range: TimeRange) -> anyhow::Result<Millis> {
    let every = millis(every);
    ensure!(every.0 >= MINUTE_MS && every.0 % MINUTE_MS == 0, "--every is whole minutes, one at least");
    let windows = range.span().0 / every.0;
    ensure!(
        windows <= WINDOWS_MAX,
        "--every makes {windows} windows of the range: make it longer, {WINDOWS_MAX} at most"
    );
    Ok(every)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        report: ReportArgs,
    }

    fn request(line: &str) -> anyhow::Result<Request> {
        let words = ["adx", "--influx-url", "http://h:1"].into_iter().chain(line.split_whitespace());
        let now = EventTime::parse(b"2026-03-08T00:00:00Z").unwrap();
        Request::of(&Line::try_parse_from(words)?.report, now)
    }

    #[test]
    fn windows_are_such_that_there_are_not_too_many() {
        for (line, every) in [
            ("over-time --from 1h", MINUTE_MS),
            ("pacing --from 24h", 15 * MINUTE_MS),
            ("over-time --from 7d", 3 * HOUR_MS),
            ("over-time --from 365d", DAY_MS),
            ("over-time --from 24h --every 90m", 90 * MINUTE_MS),
        ] {
            let (Question::OverTime { every: told } | Question::Pacing { every: told }) =
                request(line).unwrap().question
            else {
                panic!("{line}: another question")
            };
            assert_eq!(told, Millis(every), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused_with_a_way_out() {
        for (line, expected) in [
            ("--from 1h --to 2h", "is not before --to"),
            ("--from 100years", "--from cannot be used"),
            ("over-time --every 90s", "--every is whole minutes"),
            ("over-time --every 1m --from 300d", "--every makes 432000 windows"),
            ("--prefix _x", "cannot begin the names of buckets"),
            ("--from soon", "neither an instant"),
        ] {
            let refused = format!("{:#}", request(line).unwrap_err());
            assert!(refused.contains(expected), "{line}: {refused}");
        }
    }

    #[test]
    fn a_day_ago_and_more_is_the_start_of_its_hour_or_day() {
        let now = EventTime::parse(b"2026-03-08T10:37:00Z").unwrap();
        let range = |words: &str| {
            let words = ["adx", "--influx-url", "http://h:1"].into_iter().chain(words.split_whitespace());
            let range = Request::of(&Line::try_parse_from(words).unwrap().report, now).unwrap().scope.range;
            [range.start, range.stop].map(|at| at.to_string()[..16].to_owned())
        };
        assert_eq!(range("--from 1d"), ["2026-03-07T10:00", "2026-03-08T10:37"]);
        assert_eq!(range("--from 90m"), ["2026-03-08T09:07", "2026-03-08T10:37"]);
        assert_eq!(range("--from 60d --to 50d"), ["2026-01-07T10:00", "2026-01-17T10:00"]);
        assert_eq!(range("--from 400d --to 399d"), ["2025-02-01T00:00", "2025-02-02T10:00"].map(str::to_owned));
    }

    #[test]
    fn a_part_of_what_was_is_never_told_as_the_whole() {
        for (line, expected) in [
            ("--from 2026-01-01T10:30:00Z --to 2026-01-02T00:00:00Z", Err("whole hours")),
            ("--from 2026-01-01T10:30:00Z --to 2026-01-02T00:00:00Z --reading minutes", Ok(MINUTE_MS)),
            ("over-time --from 2026-01-01T10:00:00Z --to 2026-01-02T00:00:00Z --every 30m", Err("(--every)")),
            ("over-time --from 2026-01-01T10:00:00Z --to 2026-01-01T12:00:00Z", Ok(HOUR_MS)),
            ("over-time --from 2024-01-01T00:00:00Z --to 2024-01-03T00:00:00Z", Ok(DAY_MS)),
            ("pacing --from 2024-01-01T10:00:00Z --to 2024-01-03T00:00:00Z", Err("whole days")),
        ] {
            match (request(line), expected) {
                (Ok(Request { question: Question::OverTime { every }, .. }), Ok(length)) => assert_eq!(every.0, length),
                (Ok(_), Ok(_)) => {}
                (Err(error), Err(expected)) => {
                    let refused = format!("{error:#}");
                    assert!(
                        refused.contains("cannot be told whole") && refused.contains(expected),
                        "{line}: {refused}"
                    );
                }
                (told, expected) => panic!("{line}: {told:?} in place of {expected:?}"),
            }
        }
    }

    #[test]
    fn defaults_ask_for_the_totals_of_a_day() {
        let request = request("").unwrap();
        assert_eq!((request.question, request.scope.range.span()), (Question::Totals, Millis(DAY_MS)));
    }
}
