//! Tag values and lines made to hurt a parser, from a seed.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// So many values of a strategy, always the same.
pub fn sample<S: Strategy>(strategy: S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

/// Values that contract.md allows as tags: separators, quotes, escapes, line-end look-alikes, other alphabets.
pub fn tag_value() -> impl Strategy<Value = String> {
    let letters = prop::sample::select(vec![
        ",", "=", " ", "\\", "\"", "'", "a", "Z", "0", "#", "%", "&", "+", "/", ";", "\u{80}", "\u{85}", "\u{a0}", "é",
        "ß", "漢", "🦀", "\u{200b}", "\u{2028}", "\u{feff}", "e\u{301}", "${x}", "_field", "time", "\\,", "\\ ", "\\=",
        "\\\\", "\\n", "NaN", "1i", "|>",
    ]);
    let hostile = prop::collection::vec(letters, 1..12).prop_map(|parts| parts.concat());
    prop_oneof![4 => hostile, 1 => Just("x".repeat(64)), 1 => Just("é".repeat(64))]
        .prop_filter("no tag value", |value| adx_events::tag::is_tag_value(value))
}

/// Lines, most of them no line protocol, many nearly so.
pub fn line() -> impl Strategy<Value = String> {
    let words = || {
        prop::sample::select(vec![
            "m",
            "t",
            "f",
            "=",
            ",",
            " ",
            "\\",
            "\"",
            "1",
            "1i",
            "-",
            "1.5",
            "e3",
            "E",
            "+",
            ".",
            "true",
            "T",
            "fals",
            "NaN",
            "inf",
            "60",
            "99999999999999999999",
            "9223372036854775807i",
            "9223372036854775808i",
            "time",
            "_field",
            "é",
            "\t",
            "\"a b\"",
            "\\\"",
            "\\\\",
            "#",
        ])
    };
    let text = |most| prop::collection::vec(words(), 0..most).prop_map(|words| words.concat());
    prop_oneof![
        text(12),
        (text(3), text(3), text(3)).prop_map(|(tag, value, field)| format!("m,{tag}={value} {field}=1 60")),
        (text(3), text(5)).prop_map(|(field, value)| format!("m f{field}={value} 60")),
        (text(4), text(4)).prop_map(|(value, time)| format!("m f=\"{value}\" {time}")),
        text(4).prop_map(|time| format!("m,t=v f=1i {time}")),
    ]
}
