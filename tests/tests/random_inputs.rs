//! The random inputs themselves: the oracle has an answer for each, they reach every rule, and tame ones may be rearranged.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use adx_tests::expected::{Expected, TOPICS};
use adx_tests::inputs::{Input, Mood, input};
use adx_tests::oracle::{Spans, judge};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const WILD_CASES: u32 = 200;
const TAME_CASES: u32 = 50;

/// The answer, or none without Python.
fn answer(input: &Input) -> Option<Expected> {
    let dir = tempfile::tempdir().unwrap();
    input.write_to(dir.path()).unwrap();
    judge(dir.path(), Spans::SHORT).map(|answer| answer.unwrap_or_else(|error| panic!("{error}")))
}

fn counting_runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    // The same draws each time, for what is counted here is how often things happen.
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Names of the numbers and reasons that are not zero.
fn reached(expected: &Expected) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for table in &expected.tables {
        for row in table.rows.values() {
            let present = table.shape.numbers.iter().zip(row).filter(|(_, n)| **n != 0);
            names.extend(present.map(|(name, _)| (*name).to_owned()));
        }
    }
    for (topic, (reasons, ledger)) in TOPICS.iter().zip(expected.reasons.iter().zip(&expected.ledgers)) {
        names.extend(reasons.keys().map(|reason| format!("{topic} {reason}")));
        names.extend((ledger.duplicate > 0).then(|| format!("{topic} duplicate")));
    }
    names
}

#[test]
fn wild_inputs_reach_every_rule() {
    let times = RefCell::new(BTreeMap::<String, u32>::new());
    let outcome = counting_runner(WILD_CASES).run(&input(Mood::Wild), |input| {
        if let Some(expected) = answer(&input) {
            reached(&expected).into_iter().for_each(|name| *times.borrow_mut().entry(name).or_default() += 1);
        }
        Ok(())
    });
    outcome.unwrap();
    let times = times.into_inner();
    if times.is_empty() {
        return; // no Python; said on stderr
    }
    let rows = "impressions users cost_micros clicks attributed_clicks conversions attributed_conversions \
                view_through_conversions value_micros conversions_by_touch bid_requests slots floor_micros";
    let bids = ["duplicate", "missing_field", "bad_field", "bad_timestamp", "unknown_currency", "id_conflict"];
    let mut names: Vec<String> = rows.split_whitespace().map(str::to_owned).collect();
    for topic in TOPICS {
        names.extend(bids.iter().map(|reason| format!("{topic} {reason}")));
    }
    names.extend(["impressions bad_json".to_owned(), "clicks bad_row".to_owned()]);
    let rare: Vec<_> = names.iter().filter(|name| times.get(*name).is_none_or(|&n| n < WILD_CASES / 40)).collect();
    assert!(rare.is_empty(), "met too seldom in {WILD_CASES} inputs: {rare:?} of {times:?}");
}

#[test]
fn tame_inputs_mean_the_same_in_any_arrangement() {
    let outcome = TestRunner::new(Config { cases: TAME_CASES, failure_persistence: None, ..Config::default() }).run(
        &(input(Mood::Tame), any::<u64>()),
        |(input, seed)| {
            let Some(expected) = answer(&input) else { return Ok(()) };
            // Which of two conflicting copies counts depends on the order; a tame input seldom has any.
            prop_assume!(expected.reasons.iter().all(|reasons| !reasons.contains_key("id_conflict")));
            for other in [input.shuffled(seed), input.split(seed)] {
                let arranged = answer(&other).unwrap();
                prop_assert_eq!(&arranged, &expected);
            }
            let doubled = answer(&input.doubled()).unwrap();
            prop_assert_eq!(&doubled.tables, &expected.tables);
            for (twice, once) in doubled.ledgers.iter().zip(&expected.ledgers) {
                let again = once.accepted + 2 * once.duplicate;
                prop_assert_eq!((twice.read, twice.accepted, twice.duplicate), (2 * once.read, once.accepted, again));
            }
            Ok(())
        },
    );
    outcome.unwrap();
}
