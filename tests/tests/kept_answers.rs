//! The kept answers are the oracle's, and the project's own small input reaches every rule that the oracle can judge.

use std::fs;
use std::path::{Path, PathBuf};

use adx_tests::expected::{Expected, TOPICS};
use adx_tests::oracle::{Spans, judge};

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn kept(dir: &Path) -> Expected {
    let json = fs::read_to_string(dir.join("expected.json")).unwrap();
    Expected::from_json(&serde_json::from_str(&json).unwrap()).unwrap()
}

/// What lies beside the checkout where the project is developed, if it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = tests().join("../../shared").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: there is no ../shared/{name} beside this checkout");
        return None;
    }
    Some(path)
}

#[test]
fn the_small_input_has_the_kept_answer() {
    let small = tests().join("fixtures/small");
    if let Some(answer) = judge(&small, Spans::SHORT) {
        assert_eq!(answer.unwrap(), kept(&small));
    }
}

#[test]
fn the_small_input_reaches_every_rule() {
    let expected = kept(&tests().join("fixtures/small"));
    for table in &expected.tables {
        for (column, name) in table.shape.numbers.iter().enumerate() {
            assert!(table.rows.values().any(|row| row[column] > 0), "{name}");
        }
    }
    let common = ["missing_field", "bad_field", "bad_timestamp", "unknown_currency", "id_conflict"];
    let own: [&[&str]; 3] = [&["too_large", "bad_json"], &["too_large", "bad_row"], &[]];
    for (topic, (reasons, own)) in TOPICS.iter().zip(expected.reasons.iter().zip(own)) {
        let mut names: Vec<&str> = common.iter().chain(own).copied().collect();
        names.sort_unstable();
        assert_eq!(reasons.keys().collect::<Vec<_>>(), names, "{topic}");
    }
    assert!(expected.ledgers.iter().all(|ledger| ledger.duplicate > 1 && ledger.accepted > 20));
}

#[test]
fn the_copied_oracle_is_the_shared_one() {
    if let Some(shared) = shared("oracle.py") {
        assert!(fs::read(tests().join("oracle.py")).unwrap() == fs::read(shared).unwrap());
    }
}

#[test]
fn the_shared_auctions_have_their_kept_answer() {
    let Some(auctions) = shared("data/auctions-a") else { return };
    if let Some(answer) = judge(&auctions, Spans::SHORT) {
        assert_eq!(answer.unwrap(), kept(&auctions));
    }
}
