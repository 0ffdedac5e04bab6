//! A generated directory as a whole: repeatable, complete, and of the form it says.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use adx_generator::{GenerateError, Settings, Share, Summary, generate};

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

#[test]
fn equal_settings_give_equal_bytes_and_another_seed_other_bytes() {
    let (first, second, other) = (made(&small()), made(&small()), made(&Settings { seed: 2, ..small() }));
    assert_eq!(first.1, second.1);
    assert_eq!(read_all(first.0.path()), read_all(second.0.path()));
    assert_ne!(read_all(first.0.path()), read_all(other.0.path()));
}

#[test]
fn lines_are_as_many_as_counted_and_only_the_broken_ones_do_not_parse() {
    let (dir, summary) = made(&small());
    let mut text = Vec::new();
    for (name, bytes) in read_all(dir.path()).into_iter().filter(|(name, _)| name.starts_with("impressions")) {
        match name.ends_with(".gz") {
            true => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut text).map(|_| ()).unwrap(),
            false => text.extend_from_slice(&bytes),
        }
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
    let (dir, summary) = made(&Settings { deflate_bids: false, ..small() });
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
