//! The comparison tells each kind of difference, and none where there is none.

use std::fs;
use std::path::Path;

use adx_tests::compare::{Output, render};
use adx_tests::expected::Expected;
use serde_json::json;

fn expected() -> Expected {
    let window = "2026-03-01T00:00:00.000Z";
    let campaign = |id: &str, impressions: i64| {
        json!({ "window": window, "campaign_id": id, "impressions": impressions, "users": impressions, "cost_micros": 0,
            "clicks": 0, "attributed_clicks": 0, "conversions": 0, "attributed_conversions": 0,
            "view_through_conversions": 0, "value_micros": 0 })
    };
    let ledger = json!({ "read": 2, "accepted": 1, "duplicate": 0, "rejected": 1, "late": 0, "missing": 0 });
    let answer = json!({
        "campaign_windows": [campaign("b,\"x\"", 2), campaign("a", 1), campaign("zero", 0)],
        "touch_windows": [],
        "demand_windows": [{ "window": window, "exchange": "x", "bid_requests": 1, "slots": 0, "floor_micros": 7 }],
        "ledger": { "impressions": ledger, "clicks": ledger, "bids": ledger },
        "reasons": { "impressions": { "bad_json": 1 }, "clicks": { "bad_row": 1 }, "bids": { "bad_field": 1 } },
    });
    Expected::from_json(&answer).unwrap()
}

const LETTERS: [&str; 3] = [
    r#"{"topic":"ad-impressions","partition":0,"offset":1,"source":"e","seq":1,"reason":"bad_json","detail":""}"#,
    r#"{"topic":"clicks-conversions","partition":0,"offset":1,"source":"e","seq":1,"reason":"bad_row","detail":""}"#,
    r#"{"topic":"bid-requests","partition":0,"offset":1,"source":"e","seq":1,"reason":"bad_field","detail":""}"#,
];

/// Writes the output that agrees, then changes one file, and compares.
fn differences(file: &str, change: impl Fn(String) -> String) -> String {
    let (dir, expected) = (tempfile::tempdir().unwrap(), expected());
    for table in &expected.tables {
        fs::write(dir.path().join(format!("{}.csv", table.shape.name)), render(table)).unwrap();
    }
    let ledger = r#"{"read":2,"accepted":1,"duplicate":0,"rejected":1,"late":0,"missing":0}"#;
    let ledgers = format!(r#"{{"impressions":{ledger},"clicks":{ledger},"bids":{ledger}}}"#);
    fs::write(dir.path().join("ledger.json"), ledgers).unwrap();
    fs::write(dir.path().join("dead-letters.jsonl"), LETTERS.join("\n") + "\n").unwrap();
    let path = dir.path().join(file);
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    compare(dir.path(), &expected)
}

fn compare(dir: &Path, expected: &Expected) -> String {
    match Output::read(dir) {
        Ok(output) => output.differences(expected),
        Err(error) => error.to_string(),
    }
}

#[test]
fn equal_output_has_no_differences() {
    assert_eq!(differences("ledger.json", |text| text), "");
}

#[test]
fn every_difference_is_told() {
    let window = "2026-03-01T00:00:00.000Z";
    type Change = Box<dyn Fn(String) -> String>;
    let replace = |from: &'static str, to: &'static str| -> Change {
        Box::new(move |text| {
            assert!(text.contains(from), "{text}");
            text.replacen(from, to, 1)
        })
    };
    let swap_rows: Change = Box::new(|text| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.swap(1, 2);
        lines.join("\n") + "\n"
    });
    let again: Change = Box::new(|text| format!("{text}{}\n", LETTERS[0]));
    let cases = [
        ("campaign_windows.csv", replace("a,1,1", "a,1,3"), format!("{window} \"a\": users expected 1 found 3")),
        ("campaign_windows.csv", replace("Z,a,", "Z,c,"), format!("{window} \"a\": is missing")),
        ("campaign_windows.csv", replace("Z,a,", "Z,c,"), format!("{window} \"c\": too much")),
        ("campaign_windows.csv", swap_rows, "equal rows, but line 2".to_owned()),
        ("demand_windows.csv", replace(",x,", ",\"x\","), "equal rows, but line 2".to_owned()),
        ("demand_windows.csv", replace("floor_micros", "floor"), "the header is".to_owned()),
        ("touch_windows.csv", replace("touch\n", "touch"), "equal rows".to_owned()),
        ("ledger.json", replace("\"accepted\":1", "\"accepted\":2"), "ledger.json, impressions".to_owned()),
        ("dead-letters.jsonl", replace("bad_row", "bad_json"), "dead-letters.jsonl, clicks".to_owned()),
        ("dead-letters.jsonl", replace("bid-requests", "bids"), "no such topic".to_owned()),
        ("dead-letters.jsonl", again, "more than once".to_owned()),
    ];
    for (file, change, told) in cases {
        let report = differences(file, change);
        assert!(report.contains(&told), "{file}: {told:?} is not in {report:?}");
    }
}
