//! Every Flux text of the project passes InfluxData's own parser and type checker.

use std::collections::BTreeSet;

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS, Millis};
use adx_queries::campaign::{Measure, Question, Scope};
use adx_queries::{Buckets, Level, Purpose, Query, ROLLUPS, Reading, Span, TimeRange, dashboard, series};
use adx_tests::flux::{self, Script};

/// All texts, by who writes them: a crate that has texts of its own adds a function here.
const TEXTS: [fn() -> Vec<Script>; 5] = [read_back, tasks, questions, counts, cells];

#[test]
fn every_text_is_sound() {
    if !flux::is_there() {
        return;
    }
    let scripts: Vec<Script> = TEXTS.iter().flat_map(|texts| texts()).collect();
    let names: BTreeSet<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
    assert_eq!(names.len(), scripts.len());
    let findings = flux::check(&scripts).expect("findings");
    assert_eq!(findings.len(), scripts.len());
    for (findings, script) in findings.iter().zip(&scripts) {
        assert!(findings.messages.is_empty(), "{}: {:?}\n{}", findings.name, findings.messages, script.text);
    }
}

#[test]
fn an_unsound_text_is_found() {
    if !flux::is_there() {
        return;
    }
    let task = &tasks()[0];
    let misspelt = task.text.replacen("aggregateWindow", "aggregatWindow", 1);
    let mistyped = task.text.replacen("/ 1000.0 /", "/ 1000 /", 1);
    let unknown_variable = cells()[1].text.replacen("v.timeRangeStart,", "v.timeRangeBegin,", 1);
    let cut = &task.text[..task.text.len() - 3];
    for text in [&misspelt, &mistyped, &unknown_variable, cut] {
        let findings = flux::check(&[Script::new("unsound", text)]).expect("findings");
        assert!(!findings[0].messages.is_empty(), "{text}");
    }
}

fn buckets() -> Buckets {
    Buckets::of("adx").expect("a prefix")
}

fn read_back() -> Vec<Script> {
    Query::all().map(|query| Script::new(format!("{query:?}"), query.text("run-1"))).collect()
}

/// As the server makes them of the template.
fn tasks() -> Vec<Script> {
    let task = |rollup: &adx_queries::Rollup| {
        let (every, offset) = (Span(rollup.every), Span(rollup.offset));
        let option = format!("task = {{name: \"{}\", every: {every}, offset: {offset}}}", rollup.name(&buckets()));
        Script::with_option(rollup.key(), &option, &rollup.text(&buckets()))
    };
    ROLLUPS.iter().map(task).collect()
}

fn at(text: &str) -> EventTime {
    EventTime::parse(text.as_bytes()).expect("an instant")
}

fn range(start: &str, stop: &str) -> TimeRange {
    TimeRange::new(at(start), at(stop)).expect("a range")
}

/// A range, when it is asked about, and in which windows.
type Shape = (&'static str, TimeRange, &'static str, Millis);

/// What a range can be cut into: the first letters of its parts' levels, and a range that is cut so.
fn shapes() -> [Shape; 9] {
    let (minute, hour, day) = (Millis(MINUTE_MS), Millis(HOUR_MS), Millis(DAY_MS));
    [
        ("M", range("2026-03-01T20:10:00Z", "2026-03-01T20:40:00Z"), "2026-03-01T21:00:00Z", minute),
        ("H", range("2026-03-01T00:00:00Z", "2026-03-01T12:00:00Z"), "2026-03-02T00:00:00Z", hour),
        ("D", range("2026-03-01T00:00:00Z", "2026-03-16T00:00:00Z"), "2026-03-17T00:00:00Z", day),
        ("HM", range("2026-03-01T00:00:00Z", "2026-03-01T12:30:00Z"), "2026-03-02T00:00:00Z", hour),
        ("MHM", range("2026-03-01T00:30:00Z", "2026-03-01T12:30:00Z"), "2026-03-02T00:00:00Z", hour),
        ("MD", range("2026-03-01T20:30:00Z", "2026-03-16T00:00:00Z"), "2026-03-17T00:00:00Z", day),
        ("MHDHM", range("2026-03-01T10:30:00Z", "2026-03-17T08:10:00Z"), "2026-03-17T10:00:00Z", day),
        // The finer ones are forgotten.
        ("H", range("2026-03-01T20:00:00Z", "2026-03-01T21:00:00Z"), "2026-05-01T00:00:00Z", hour),
        ("D", range("2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z"), "2028-03-01T00:00:00Z", day),
    ]
}

/// Every reading of every shape, with the length of windows.
fn readings() -> Vec<(Reading, TimeRange, Millis)> {
    let only = Level::ALL
        .map(|level| (Reading::Only(level), range("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z"), Millis(DAY_MS)));
    let coarsest = shapes().map(|(_, range, now, every)| (Reading::Coarsest { now: at(now) }, range, every));
    only.into_iter().chain(coarsest).collect()
}

#[test]
fn ranges_are_cut_into_the_shapes_that_are_checked() {
    for (shape, range, now, _) in shapes() {
        let parts = Reading::Coarsest { now: at(now) }.parts(range, None).expect("parts");
        let letters: String = parts.iter().filter_map(|part| format!("{:?}", part.level).chars().next()).collect();
        assert_eq!(letters, shape, "{range:?}");
    }
}

fn questions() -> Vec<Script> {
    let scripts = |(reading, range, every): (Reading, TimeRange, Millis)| {
        let campaigns = [None, Some("a \"b\" ${c}".to_owned())];
        campaigns
            .into_iter()
            .flat_map(move |campaign| ask(&Scope { buckets: buckets(), campaign, range, reading }, every))
    };
    readings().into_iter().flat_map(scripts).collect()
}

fn ask(scope: &Scope, every: Millis) -> Vec<Script> {
    let all = [
        Question::Totals,
        Question::OverTime { every },
        Question::Top { by: Measure::Conversions, limit: 5 },
        Question::Pacing { every },
        Question::Week,
        Question::Funnel,
        Question::Freshness,
    ];
    let script = |question: Question| {
        Script::new(format!("{question:?} of {scope:?}"), question.text(scope).expect("a range that is kept"))
    };
    all.map(script).to_vec()
}

fn counts() -> Vec<Script> {
    Purpose::ALL
        .map(|purpose| Script::new(format!("series of {purpose:?}"), series::count_text(&buckets(), purpose)))
        .to_vec()
}

/// As the dashboard asks, which gives each query what the viewer chose.
fn cells() -> Vec<Script> {
    let option = "v = {timeRangeStart: -1h, timeRangeStop: now(), windowPeriod: 1m}";
    let cells = dashboard::cells(&buckets()).into_iter().filter(|cell| cell.show != dashboard::Show::Note);
    cells.map(|cell| Script::with_option(format!("cell {}", cell.name), option, &cell.text)).collect()
}
