//! Compares what `adx run` wrote with the exact answer, row for row, and says the first differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

use crate::expected::{Expected, Ledger, Reasons, SHAPES, Shape, TOPICS, Table, per_topic};

/// Differences told per file; the others are only counted.
const TOLD_MAX: usize = 12;

/// Names of the topics in `fluvio-topics.yaml`, in the order of [`TOPICS`].
const TOPIC_NAMES: [&str; 3] = ["ad-impressions", "clicks-conversions", "bid-requests"];

/// An output that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("read \"{}\"", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("\"{}\": {what}", path.display())]
    Form { path: PathBuf, what: String },
}

/// What `adx run` wrote, less `points.lp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// In the order of [`SHAPES`], and beside each the bytes it was read from.
    pub tables: [(Table, Vec<u8>); 3],
    pub ledgers: [Ledger; 3],
    pub dead_letters: Vec<DeadLetter>,
}

/// A line of `dead-letters.jsonl`; other members are allowed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct DeadLetter {
    pub topic: String,
    pub partition: u32,
    pub offset: u64,
    pub source: String,
    pub seq: Option<u64>,
    pub reason: String,
    pub detail: String,
}

impl Output {
    /// Reads the files of an output directory.
    pub fn read(out: &Path) -> Result<Self, OutputError> {
        let [campaign, touch, demand] = SHAPES;
        Ok(Self {
            tables: [read_table(out, campaign)?, read_table(out, touch)?, read_table(out, demand)?],
            ledgers: read_ledgers(out)?,
            dead_letters: read_dead_letters(out)?,
        })
    }

    /// What differs from the answer, ready to be printed; empty where nothing does.
    pub fn differences(&self, expected: &Expected) -> String {
        let mut report = String::new();
        for ((table, bytes), expected) in self.tables.iter().zip(&expected.tables) {
            table_differences(&mut report, table, bytes, expected);
        }
        for (topic, (ledger, expected)) in TOPICS.iter().zip(self.ledgers.iter().zip(&expected.ledgers)) {
            if ledger != expected {
                _ = writeln!(report, "ledger.json, {topic}:\n  expected {expected:?}\n  found    {ledger:?}");
            }
        }
        self.dead_letter_differences(&mut report, expected);
        report
    }

    fn dead_letter_differences(&self, report: &mut String, expected: &Expected) {
        let mut found: [Reasons; 3] = Default::default();
        let (mut places, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for letter in &self.dead_letters {
            let Some(topic) = TOPIC_NAMES.iter().position(|name| *name == letter.topic) else {
                _ = writeln!(report, "dead-letters.jsonl: no such topic in {letter:?}");
                continue;
            };
            *found[topic].entry(letter.reason.clone()).or_default() += 1;
            let numbered = |seq| numbers.insert((topic, letter.partition, &letter.source, seq));
            if !places.insert((topic, letter.partition, letter.offset)) || !letter.seq.is_none_or(numbered) {
                _ = writeln!(report, "dead-letters.jsonl: more than once: {letter:?}");
            }
        }
        for (topic, (found, expected)) in TOPICS.iter().zip(found.iter().zip(&expected.reasons)) {
            if found != expected {
                _ = writeln!(report, "dead-letters.jsonl, {topic}:\n  expected {expected:?}\n  found    {found:?}");
            }
        }
    }
}

/// Panics with the first differences between an output directory and the answer.
///
/// # Panics
/// Where they differ, or the output cannot be read.
#[track_caller]
pub fn assert_agrees(out: &Path, expected: &Expected) {
    let report = match Output::read(out) {
        Ok(output) => output.differences(expected),
        Err(error) => format!("{error}: {:?}", std::error::Error::source(&error)),
    };
    assert!(report.is_empty(), "{} differs from the answer:\n{report}", out.display());
}

fn table_differences(report: &mut String, found: &Table, bytes: &[u8], expected: &Table) {
    let file = format!("{}.csv", expected.shape.name);
    let keys: BTreeSet<_> = found.rows.keys().chain(expected.rows.keys()).collect();
    let differing: Vec<_> = keys.into_iter().filter(|key| found.rows.get(*key) != expected.rows.get(*key)).collect();
    for (window, id) in differing.iter().take(TOLD_MAX) {
        let key = (window.clone(), id.clone());
        let (is, should) = (found.rows.get(&key), expected.rows.get(&key));
        _ = writeln!(report, "{file}: {window} {id:?}: {}", row_difference(expected.shape, is, should));
    }
    if differing.len() > TOLD_MAX {
        _ = writeln!(report, "{file}: and {} more of {} rows", differing.len() - TOLD_MAX, expected.rows.len());
    }
    let rendered = render(expected);
    if differing.is_empty() && bytes != rendered.as_bytes() {
        let (found, expected) = (String::from_utf8_lossy(bytes), rendered);
        let line = found.lines().zip(expected.lines()).position(|(is, should)| is != should);
        let at = line.unwrap_or_else(|| found.lines().count().min(expected.lines().count()));
        let (is, should) = (found.lines().nth(at), expected.lines().nth(at));
        _ = writeln!(report, "{file}: equal rows, but line {} is {is:?} and not {should:?}", at + 1);
    }
}

fn row_difference(shape: Shape, is: Option<&Vec<i64>>, should: Option<&Vec<i64>>) -> String {
    let (Some(is), Some(should)) = (is, should) else {
        let named = |row: &Vec<i64>| shape.numbers.iter().copied().zip(row.clone()).collect::<BTreeMap<_, _>>();
        return match should {
            Some(should) => format!("is missing, expected {:?}", named(should)),
            None => format!("too much, found {:?}", is.map(named).unwrap_or_default()),
        };
    };
    let pairs = shape.numbers.iter().zip(should.iter().zip(is)).filter(|(_, (should, is))| should != is);
    pairs.map(|(name, (should, is))| format!("{name} expected {should} found {is}")).collect::<Vec<_>>().join(", ")
}

/// The bytes that a table's file must have: quoted only where needed, `\n` line ends.
pub fn render(table: &Table) -> String {
    let mut text = [&table.shape.keys[..], table.shape.numbers].concat().join(",");
    text.push('\n');
    for ((window, id), numbers) in &table.rows {
        let id = match id.contains(['"', ',', '\n', '\r']) {
            true => format!("\"{}\"", id.replace('"', "\"\"")),
            false => id.clone(),
        };
        _ = write!(text, "{window},{id}");
        numbers.iter().for_each(|n| _ = write!(text, ",{n}"));
        text.push('\n');
    }
    text
}

fn read_file(out: &Path, name: &str) -> Result<(PathBuf, Vec<u8>), OutputError> {
    let path = out.join(name);
    match fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(source) => Err(OutputError::Io { path, source }),
    }
}

fn form(path: &Path, what: impl ToString) -> OutputError {
    OutputError::Form { path: path.to_owned(), what: what.to_string() }
}

fn read_table(out: &Path, shape: Shape) -> Result<(Table, Vec<u8>), OutputError> {
    let (path, bytes) = read_file(out, &format!("{}.csv", shape.name))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
    let mut records = reader.records();
    let header = records.next().transpose().map_err(|error| form(&path, error))?.unwrap_or_default();
    if header != [&shape.keys[..], shape.numbers].concat() {
        return Err(form(&path, format!("the header is {header:?}")));
    }
    let mut table = Table { shape, rows: BTreeMap::new() };
    for record in records {
        let record = record.map_err(|error| form(&path, error))?;
        let numbers = record.iter().skip(2).map(str::parse).collect::<Result<Vec<i64>, _>>();
        let numbers = numbers.map_err(|error| form(&path, format!("{record:?}: {error}")))?;
        if table.rows.insert((record[0].to_owned(), record[1].to_owned()), numbers).is_some() {
            return Err(form(&path, format!("two rows of {} {}", &record[0], &record[1])));
        }
    }
    Ok((table, bytes))
}

fn read_ledgers(out: &Path) -> Result<[Ledger; 3], OutputError> {
    let (path, bytes) = read_file(out, "ledger.json")?;
    let ledger: Value = serde_json::from_slice(&bytes).map_err(|error| form(&path, error))?;
    per_topic(&serde_json::json!({ "ledger": ledger }), "ledger").map_err(|error| form(&path, error))
}

fn read_dead_letters(out: &Path) -> Result<Vec<DeadLetter>, OutputError> {
    let (path, bytes) = read_file(out, "dead-letters.jsonl")?;
    let lines = bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|error| form(&path, error))).collect()
}
