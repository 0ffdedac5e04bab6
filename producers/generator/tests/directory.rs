//! A generated directory as a whole: repeatable, complete, and of the form it says.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use adx_events::time::{EventTime, Millis};
use adx_generator::{Clock, Codec, GenerateError, Settings, Share, Summary, generate, generate_live};

fn small() -> Settings {
    Settings {
        impressions: 3_000,
        bids: 2_000,
        users: 100,
        malformed: Share::of_million(30_000),
        ..Settings::default()
    }
}

fn made(settings: &Settings) -> (tempfile::TempDir, Summary) {
    let dir = tempfile::tempdir().unwrap();
    let summary = generate(settings, dir.path(), |_| ()).unwrap();
    (dir, summary)
}

fn read_all(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for topic in ["impressions", "clicks", "bids"] {
        for entry in fs::read_dir(dir.join(topic)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{topic}/{}", path.file_name().unwrap().to_str().unwrap());
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files.insert("campaigns.csv".to_owned(), fs::read(dir.join("campaigns.csv")).unwrap());
    files
}

/// Decompressed where the name says that it is not.
fn plain(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    match name.ends_with(".gz") {
        true => flate2::read::GzDecoder::new(bytes).read_to_end(&mut text).map(drop).unwrap(),
        false => text.extend_from_slice(bytes),
    }
    text
}

#[test]
fn equal_settings_give_equal_bytes_and_another_seed_other_bytes() {
    let (first, second, other) = (made(&small()), made(&small()), made(&Settings { seed: 2, ..small() }));
    assert_eq!(first.1, second.1);
    assert_eq!(read_all(first.0.path()), read_all(second.0.path()));
    assert_ne!(read_all(first.0.path()), read_all(other.0.path()));
}

/// Kept, so that numbers told of a seed stay comparable: change it where what a seed means has to change.
#[test]
fn the_records_of_a_seed_stay_what_they_are() {
    let (dir, _) = made(&Settings { bid_codec: Codec::Null, ..small() });
    let mut sum = flate2::Crc::new();
    read_all(dir.path()).iter().for_each(|(name, bytes)| sum.update(&plain(name, bytes)));
    assert_eq!(sum.sum(), 1_357_693_814, "CRC-32 of all files, decompressed");
}

#[test]
fn lines_are_as_many_as_counted_and_only_the_broken_ones_do_not_parse() {
    let (dir, summary) = made(&small());
    let mut text = Vec::new();
    for (name, bytes) in read_all(dir.path()).into_iter().filter(|(name, _)| name.starts_with("impressions")) {
        text.extend_from_slice(&plain(&name, &bytes));
    }
    assert_eq!(text.len() as u64, summary.impressions.bytes);
    let lines: Vec<&[u8]> = text.strip_suffix(b"\n").unwrap().split(|&b| b == b'\n').collect();
    assert_eq!(lines.len() as u64, summary.impressions.records);
    let parsed = lines.iter().filter(|line| serde_json::from_slice::<serde_json::Value>(line).is_ok()).count();
    let share = 1.0 - parsed as f64 / lines.len() as f64;
    assert!((0.001..0.03).contains(&share), "{share}");
}

#[test]
fn every_bid_stands_in_a_block() {
    let (dir, summary) = made(&Settings { bid_codec: Codec::Null, ..small() });
    let bytes: u64 = read_all(dir.path())
        .iter()
        .filter(|(name, _)| name.starts_with("bids"))
        .map(|(_, bytes)| bytes.len() as u64)
        .sum();
    let framing = bytes - summary.bids.bytes;
    assert!((3 * 1_000..3 * 3_000).contains(&framing), "headers, counts and markers take {framing} bytes");
}

#[test]
fn nothing_but_what_was_asked_for_where_faults_are_off() {
    let none = Share::NONE;
    let settings = Settings {
        impressions: 500,
        bids: 700,
        click_rate: Share::ALL,
        conversion_rate: none,
        orphan_clicks: none,
        duplicates: none,
        restamped: none,
        conflicts: none,
        malformed: none,
        ..Settings::default()
    };
    let (_dir, summary) = made(&settings);
    let records = [summary.impressions.records, summary.clicks.records, summary.bids.records];
    assert_eq!(records, [500, 500, 700]);
}

#[test]
fn a_directory_in_use_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine"), "").unwrap();
    assert!(matches!(generate(&small(), dir.path(), |_| ()), Err(GenerateError::NotEmpty { .. })));
    let wrong = Settings { campaigns: 0, ..small() };
    assert!(matches!(generate(&wrong, &dir.path().join("new"), |_| ()), Err(GenerateError::Settings(_))));
    assert!(!dir.path().join("new").exists());
}

/// Reads the directory whenever time has to pass, as one who follows it would.
struct Follower<'a> {
    dir: &'a Path,
    start_ms: i64,
    passed: Millis,
    /// Lines of impressions and bytes of bid requests at each wait.
    seen: Vec<(usize, usize)>,
}

impl Clock for Follower<'_> {
    fn wait_until(&mut self, since_start: Millis) {
        assert!(since_start > self.passed, "waits for what has passed");
        let (mut lines, mut bid_bytes) = (0, 0);
        for (name, bytes) in read_all(self.dir) {
            if name.starts_with("impressions") {
                assert!(bytes.is_empty() || bytes.ends_with(b"\n"), "whole lines");
                lines += bytes
                    .split(|b| *b == b'\n')
                    .filter(|line| !line.is_empty())
                    .inspect(|line| self.check(line))
                    .count();
            } else if name.starts_with("bids") {
                bid_bytes += bytes.len();
            }
        }
        self.seen.push((lines, bid_bytes));
        self.passed = since_start;
    }
}

impl Follower<'_> {
    fn check(&self, line: &[u8]) {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        let at = line["timestamp"].to_string();
        let at = EventTime::parse(at.trim_matches('"').as_bytes()).unwrap();
        assert!(at.as_ms() <= self.start_ms + self.passed.0, "{at} is yet to come");
    }
}

#[test]
fn live_traffic_is_that_of_the_settings_and_none_of_it_before_its_time() {
    let none = Share::NONE;
    let settings = Settings {
        duration: Millis(10_000),
        tail: Millis(0),
        gzip_last: false,
        disordered: none,
        restamped: none,
        malformed: none,
        ..small()
    };
    let (at_once, summary) = made(&settings);
    let live = tempfile::tempdir().unwrap();
    let mut follower =
        Follower { dir: live.path(), start_ms: settings.start.as_ms(), passed: Millis(0), seen: Vec::new() };
    assert_eq!(generate_live(&settings, live.path(), &mut follower, |_| ()).unwrap(), summary);
    assert_eq!(follower.passed, settings.duration);
    assert_eq!(follower.seen.len(), 100, "a hundred ticks, each with events");
    for (n, (before, after)) in follower.seen.iter().zip(&follower.seen[1..]).enumerate() {
        // 30 impressions a tick, and a few copies of them.
        assert!((30..60).contains(&(after.0 - before.0)), "{} lines in tick {n}", after.0 - before.0);
        assert!(after.1 > before.1, "no bid requests in tick {n}");
    }
    let (live, at_once) = (read_all(live.path()), read_all(at_once.path()));
    let texts = |files: &BTreeMap<String, Vec<u8>>| {
        files
            .iter()
            .filter(|(name, _)| !name.starts_with("bids"))
            .map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&live), texts(&at_once));
}
