//! What `adx generate` makes: the oracle reads it, the pipeline agrees with it, and a command that cannot be done says so.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use adx_events::time::{EventTime, MINUTE_MS, Millis};
use adx_tests::expected::Expected;
use adx_tests::oracle::{Spans, judge};

use crate::runner::{adx, assert_exact};

/// Some of everything that a record can suffer.
const SMALL: [&str; 16] = [
    "--impressions",
    "3000",
    "--bids",
    "2000",
    "--rate",
    "2",
    "--malformed",
    "0.03",
    "--hot",
    "0.4",
    "--hot-campaigns",
    "2",
    "--late",
    "0.02",
    "--seed",
    "9",
];

fn generate(out: &Path, more: &[&str]) {
    let args = [&["generate", "--out", out.to_str().unwrap()], &SMALL[..], more].concat();
    let exit = adx(&args);
    assert_eq!((exit.code, exit.error.as_str()), (0, ""), "{more:?}");
}

fn judged(dir: &Path) -> Option<Expected> {
    judge(dir, Spans::DEFAULT).map(Result::unwrap)
}

#[test]
fn the_pipeline_agrees_with_the_oracle_on_it_whatever_the_codec() {
    let by_codec = ["null", "deflate", "bzip2", "snappy", "xz", "zstandard"].map(|codec| {
        let dir = tempfile::tempdir().unwrap();
        generate(dir.path(), &["--bid-codec", codec]);
        (codec, dir)
    });
    // The records are the same in every codec; the oracle reads two.
    let Some(expected) = judged(by_codec[0].1.path()) else { return };
    assert_eq!(judged(by_codec[1].1.path()).as_ref(), Some(&expected));
    assert!(expected.ledgers.iter().all(|ledger| ledger.accepted > 0 && ledger.duplicate > 0 && ledger.rejected > 0));
    for (codec, dir) in by_codec {
        assert_exact(dir.path(), Spans::DEFAULT, 2, &expected, codec);
    }
}

#[expect(clippy::disallowed_methods, reason = "what is live is of the wall clock's time")]
fn unix_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

#[test]
fn live_traffic_is_of_now_and_as_sound() {
    let dir = tempfile::tempdir().unwrap();
    let before = unix_ms();
    let exit = adx(&[
        "generate",
        "--out",
        dir.path().to_str().unwrap(),
        "--live",
        "--impressions",
        "300",
        "--bids",
        "300",
        "--rate",
        "1000",
    ]);
    assert_eq!((exit.code, exit.error.as_str()), (0, ""));
    let Some(expected) = judged(dir.path()) else { return };
    let minutes = [before, unix_ms()].map(|ms| EventTime::from_ms(ms).unwrap().floor_to(Millis(MINUTE_MS)).to_string());
    let mut windows = expected.tables[0].rows.keys().map(|(window, _)| window);
    assert!(windows.any(|window| minutes.contains(window)), "no window of {minutes:?}");
    assert_exact(dir.path(), Spans::DEFAULT, 1, &expected, "live traffic");
}

#[test]
fn a_directory_in_use_and_settings_out_of_bounds_are_2_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine"), "").unwrap();
    let path = dir.path().to_str().unwrap();
    let exit = adx(&["generate", "--out", path]);
    assert_eq!(exit.code, 2);
    assert_eq!(exit.error, format!("the output directory \"{path}\" is not empty: name another, or empty it"));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let new = dir.path().join("new");
    let exit = adx(&["generate", "--out", new.to_str().unwrap(), "--hot-campaigns", "31"]);
    assert_eq!(exit.code, 2);
    assert_eq!(exit.error, "settings of the generated input: hot_campaigns must lie from 1 to 30, not at 31");
    assert!(!new.exists());
}
