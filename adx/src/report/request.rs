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
}

impl Request {
    pub fn of(args: &ReportArgs, now: EventTime) -> anyhow::Result<Self> {
        let reached = |moment: Moment| moment.resolve(now).context("no event is older than the year 2000");
        let start = whole_hours(args.from, reached(args.from).context("--from cannot be used")?);
        let stop = args.to.map_or(Ok(now), reached).context("--to cannot be used")?;
        let range = TimeRange::new(start, stop).with_context(|| format!("--from {start} is not before --to {stop}"))?;
        let every = args.every.map_or_else(|| Ok(usual(range)), |every| checked(every, range))?;
        let question = match args.question {
            Asking::Totals => Question::Totals,
            Asking::OverTime => Question::OverTime { every },
            Asking::Top => Question::Top { by: args.by.into(), limit: args.limit },
            Asking::Pacing => Question::Pacing { every },
            Asking::Week => Question::Week,
            Asking::Funnel => Question::Funnel,
            Asking::Freshness => Question::Freshness,
        };
        let reading = match args.reading {
            ReadingChoice::Auto => Reading::Coarsest { now },
            ReadingChoice::Shards => Reading::Only(Level::Shards),
            ReadingChoice::Minutes => Reading::Only(Level::Minutes),
            ReadingChoice::Hours => Reading::Only(Level::Hours),
            ReadingChoice::Days => Reading::Only(Level::Days),
        };
        let scope = Scope { buckets: args.buckets.prefix.clone(), campaign: args.campaign.clone(), range, reading };
        Ok(Self { question, scope })
    }

    /// The Flux text.
    pub fn text(&self) -> String {
        self.question.text(&self.scope)
    }
}

/// A day ago or more begins with its hour, whose sums can be read.
fn whole_hours(from: Moment, start: EventTime) -> EventTime {
    match from {
        Moment::Ago(span) if span.0 >= DAY_MS => {
            EventTime::from_ms(start.floor_to(Millis(HOUR_MS)).as_ms()).unwrap_or(start)
        }
        Moment::Ago(_) | Moment::At(_) => start,
    }
}

fn usual(range: TimeRange) -> Millis {
    let longest = LENGTHS[LENGTHS.len() - 1];
    Millis(LENGTHS.into_iter().find(|length| range.span().0 / length <= WINDOWS).unwrap_or(longest))
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
    fn a_day_ago_and_more_begins_with_its_hour() {
        let now = EventTime::parse(b"2026-03-08T10:37:00Z").unwrap();
        let ago = |text: &str| {
            let line = Line::try_parse_from(["adx", "--influx-url", "http://h:1", "--from", text]).unwrap();
            Request::of(&line.report, now).unwrap().scope.range.start.to_string()
        };
        assert_eq!([ago("1d"), ago("90m")], ["2026-03-07T10:00:00.000Z", "2026-03-08T09:07:00.000Z"]);
    }

    #[test]
    fn defaults_ask_for_the_totals_of_a_day() {
        let request = request("").unwrap();
        assert_eq!((request.question, request.scope.range.span()), (Question::Totals, Millis(DAY_MS)));
    }
}
