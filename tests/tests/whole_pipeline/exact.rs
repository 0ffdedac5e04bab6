//! Kept inputs, and random ones, give the exact answer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use adx_tests::beyond;
use adx_tests::expected::Expected;
use adx_tests::inputs::{Mood, input, write_files};
use adx_tests::oracle::{Spans, judge};
use proptest::prelude::*;

use crate::runner::{adx, assert_agrees, assert_exact, cases, run, run_args};

fn kept(dir: &Path) -> Expected {
    let json = std::fs::read(dir.join("expected.json")).unwrap();
    Expected::from_json(&serde_json::from_slice(&json).unwrap()).unwrap()
}

#[test]
fn the_small_fixture_with_1_2_and_3_partitions() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/small");
    let expected = kept(&dir);
    for partitions in [1, 2, 3] {
        assert_exact(&dir, Spans::SHORT, partitions, &expected, &format!("{partitions} partitions"));
    }
}

#[test]
fn exchanges_off_the_list_are_one() {
    let (dir, out) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/small"), tempfile::tempdir().unwrap());
    let mut expected = kept(&dir);
    let [.., demand] = &mut expected.tables;
    for ((window, exchange), numbers) in std::mem::take(&mut demand.rows) {
        let series = if exchange == "x" { exchange } else { "other".to_owned() };
        let sums = demand.rows.entry((window, series)).or_insert_with(|| vec![0; numbers.len()]);
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    let names: BTreeSet<&str> = demand.rows.keys().map(|(_, exchange)| exchange.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["other", "x"]));
    let args = [run_args(&dir, out.path(), Spans::SHORT, 2), vec!["--exchanges".into(), "x".into()]].concat();
    let exit = adx(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((exit.code, exit.error.as_str()), (0, ""));
    assert_agrees(out.path(), &expected, "one exchange is listed");
}

#[test]
fn real_auctions_with_1_2_and_8_partitions() {
    let dir: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/auctions-a");
    if !dir.is_dir() {
        eprintln!("SKIPPED: the real auctions are not beside this checkout");
        return;
    }
    let expected = kept(&dir);
    for partitions in [1, 2, 8] {
        assert_exact(&dir, Spans::SHORT, partitions, &expected, &format!("{partitions} partitions"));
    }
}

#[test]
fn what_the_oracle_has_no_word_on() {
    for case in beyond::cases() {
        let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_files(&case.files, dir.path()).unwrap();
        let exit = run(dir.path(), out.path(), Spans::SHORT, 1);
        assert_eq!(exit.code, u8::from(case.cut.is_some()), "{}: {}", case.name, exit.error);
        assert_agrees(out.path(), &case.expected(), case.name);
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn random_inputs(input in input(Mood::Wild), partitions in 1..4u32, default_spans in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        input.write_to(dir.path()).unwrap();
        let spans = if default_spans { Spans::DEFAULT } else { Spans::SHORT };
        let Some(expected) = judge(dir.path(), spans) else { return Ok(()) };
        assert_exact(dir.path(), spans, partitions, &expected.unwrap(), "random input");
    }
}
