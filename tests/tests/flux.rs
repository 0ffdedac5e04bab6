//! Every Flux text of the project passes InfluxData's own parser and type checker.

use std::collections::BTreeSet;

use adx_events::time::{EventTime, HOUR_MS, Millis};
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

fn questions() -> Vec<Script> {
    let at = |text: &str| EventTime::parse(text.as_bytes()).expect("an instant");
    let range = TimeRange::new(at("2026-03-01T20:30:00Z"), at("2026-03-12T00:00:00Z")).expect("a range");
    let every = Millis(6 * HOUR_MS);
    let all = [
        Question::Totals,
        Question::OverTime { every },
        Question::Top { by: Measure::Conversions, limit: 5 },
        Question::Pacing { every },
        Question::Week,
        Question::Funnel,
        Question::Freshness,
    ];
    let readings = [Reading::Only(Level::Shards), Reading::Coarsest { now: range.stop }];
    let scopes = readings.into_iter().flat_map(|reading| {
        [None, Some("a \"b\" ${c}".to_owned())].map(|campaign| Scope { buckets: buckets(), campaign, range, reading })
    });
    let ask =
        |scope: Scope| all.map(|question| Script::new(format!("{question:?} of {scope:?}"), question.text(&scope)));
    scopes.flat_map(ask).collect()
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
