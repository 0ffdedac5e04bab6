//! Where `adx run` spends its time, reckoned from the rows: what each part takes alone, for as many events as the run has.

use adx_events::topic::Topic;
use serde::Serialize;

use crate::measure::Figure;
use crate::stats::percent;
use crate::table::aligned;

/// A part of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    pub part: &'static str,
    pub cpu_seconds: f64,
    pub percent: f64,
}

/// What a run consists of.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// CPU seconds of the whole run.
    pub cpu_seconds: f64,
    /// Records by topic, in the order of [`Topic::ALL`].
    pub read: [u64; Topic::ALL.len()],
    pub partitions: u64,
    pub figures: &'a [Figure],
}

/// None where a row that it takes was not measured. The parts overlap in nothing; what is left of the whole comes last.
pub fn shares(whole: Whole<'_>) -> Option<Vec<Share>> {
    let edge = whole.all_topics("edge")?;
    let produce = whole.all_topics("produce")?;
    let modules = whole.sum(|topic| format!("block {topic} wasm"))?;
    let consume = whole.all_topics("consume")?;
    let starts: f64 =
        Topic::ALL.iter().map(|t| whole.row(&format!("start {} chain", t.input()))).sum::<Option<f64>>()?;
    let events = whole.read.iter().sum::<u64>() as f64 / 1e6;
    let core = |row| whole.row(row).map(|each| each * events);
    let parts = [
        ("edge: read, frame, number", edge),
        ("publisher and stand-in: produce", produce),
        ("modules: dedupe, standardise", modules),
        ("stand-in and reader: the rest of a stream", consume - modules - core("core read")?),
        ("starting the chains", starts * whole.partitions as f64),
        ("sink core: read verdicts", core("core read")?),
        ("sink core: push", core("core push")?),
        ("sink core: points", core("core points")?),
    ];
    let known: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    let rest = ("all else: points out and back, dead letters, runtime", whole.cpu_seconds - known);
    let share =
        |(part, cpu_seconds)| Some(Share { part, cpu_seconds, percent: percent(cpu_seconds, whole.cpu_seconds)? });
    parts.into_iter().chain([rest]).map(share).collect()
}

impl Whole<'_> {
    fn row(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.row == name).map(|figure| figure.cpu_seconds.median)
    }

    /// CPU seconds of all records, each topic by its own row.
    fn sum(&self, name: impl Fn(&str) -> String) -> Option<f64> {
        let of = |topic: Topic| Some(self.row(&name(topic.input()))? * self.read[topic.index()] as f64 / 1e6);
        Topic::ALL.into_iter().map(of).sum()
    }

    fn all_topics(&self, what: &str) -> Option<f64> {
        self.sum(|topic| format!("{what} {topic}"))
    }
}

/// The shares as text.
pub fn table(shares: &[Share]) -> String {
    let head = ["where adx run spends its CPU time", "CPU s", "%", ""].map(str::to_owned);
    let line = |share: &Share| {
        [share.part.to_owned(), format!("{:.2}", share.cpu_seconds), format!("{:.1}", share.percent), String::new()]
    };
    aligned(&std::iter::once(head).chain(shares.iter().map(line)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Sample, Unit};
    use std::time::Duration;

    /// Each row takes as many milliseconds of CPU time for a thousand events as it is told.
    fn figures(rows: &[(&str, Unit, u64)]) -> Vec<Figure> {
        let figure = |(row, unit, cpu_ms): &(&str, Unit, u64)| {
            let count = if *unit == Unit::Events { 1_000 } else { 1 };
            let (wall, cpu) = (Duration::from_secs(1), Duration::from_millis(*cpu_ms));
            Figure::of(row, *unit, &[Sample { count, wall, cpu, peak_bytes: None }]).unwrap()
        };
        rows.iter().map(figure).collect()
    }

    fn rows() -> Vec<(&'static str, Unit, u64)> {
        let events = [
            ("edge impressions", 1),
            ("edge clicks", 1),
            ("edge bids", 1),
            ("produce impressions", 2),
            ("produce clicks", 2),
            ("produce bids", 2),
            ("consume impressions", 9),
            ("consume clicks", 9),
            ("consume bids", 9),
            ("block impressions wasm", 5),
            ("block clicks wasm", 5),
            ("block bids wasm", 5),
            ("core read", 1),
            ("core push", 2),
            ("core points", 1),
        ];
        let starts = ["start impressions chain", "start clicks chain", "start bids chain"];
        events
            .map(|(row, ms)| (row, Unit::Events, ms))
            .into_iter()
            .chain(starts.map(|row| (row, Unit::Starts, 500)))
            .collect()
    }

    #[test]
    fn the_parts_and_the_rest_are_the_whole() {
        let figures = figures(&rows());
        let whole = Whole { cpu_seconds: 60.0, read: [1_000_000, 500_000, 500_000], partitions: 2, figures: &figures };
        let shares = shares(whole).unwrap();
        let seconds: Vec<String> = shares.iter().map(|share| format!("{:.1}", share.cpu_seconds)).collect();
        assert_eq!(seconds, ["2.0", "4.0", "10.0", "6.0", "3.0", "2.0", "4.0", "2.0", "27.0"]);
        assert!((shares.iter().map(|share| share.percent).sum::<f64>() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn without_one_of_the_rows_there_are_no_shares() {
        for left_out in 0..rows().len() {
            let mut rows = rows();
            rows.remove(left_out);
            let figures = figures(&rows);
            assert_eq!(shares(Whole { cpu_seconds: 60.0, read: [1; 3], partitions: 2, figures: &figures }), None);
        }
    }
}
