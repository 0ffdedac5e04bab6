//! Order, and the arrangement of records into files, change no total; a file given twice changes only the duplicates.

use adx_tests::inputs::{Input, Mood, input};
use adx_tests::oracle::{Spans, judge};
use proptest::prelude::*;

use crate::runner::{assert_exact, cases};

fn check(input: &Input, partitions: u32, what: &str) {
    let dir = tempfile::tempdir().unwrap();
    input.write_to(dir.path()).unwrap();
    if let Some(expected) = judge(dir.path(), Spans::SHORT) {
        assert_exact(dir.path(), Spans::SHORT, partitions, &expected.unwrap(), what);
    }
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn shuffled_split_and_doubled(input in input(Mood::Tame), seed in any::<u64>(), partitions in 1..4u32) {
        check(&input.shuffled(seed), partitions, "shuffled");
        check(&input.split(seed), partitions, "split");
        check(&input.doubled(), partitions, "doubled");
    }
}
