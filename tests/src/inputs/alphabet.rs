//! Tiny alphabets of ids, and times that meet every edge of every window.

use proptest::prelude::*;

use super::spelling::Spelling;

pub(super) const USERS: [&str; 4] = ["u", "v", "\u{fc} \"x\",y", "U"];
pub(super) const CREATIVES: [&str; 5] = ["k1", "k2", "k3", "k4", "k9"];
pub(super) const SITES: [&str; 2] = ["s", "t/\u{e9}"];
pub(super) const IDS: [&str; 3] = ["1", "2", "x\u{1f600}"];
/// Campaigns that a record may name; the last two are in no catalogue.
pub(super) const CAMPAIGNS: [&str; 5] = ["A", "B", "C,\"\u{e9}", "Z", "unmapped"];
pub(super) const CURRENCIES: [&str; 3] = ["", "USD", "EUR"];

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// 2026-02-28T23:30:00Z, half an hour before a day begins.
const BASE: i64 = 1_772_321_400_000;
/// Sums of two of these hit both edges of a 60 s, 30 min, 2 h and 24 h window, and of a day, often.
const STEPS: [i64; 13] = [
    0,
    1,
    MINUTE - 1,
    MINUTE,
    30 * MINUTE - 1,
    30 * MINUTE,
    30 * MINUTE + 1,
    2 * HOUR,
    2 * HOUR + 1,
    24 * HOUR - 1,
    24 * HOUR,
    24 * HOUR + 1,
    12 * HOUR,
];
/// The first and the last instant that are admitted.
const ENDS: [i64; 2] = [946_684_800_000, 4_102_444_799_999];
const BAD_TIMES: [&str; 16] = [
    "946684799999",
    "4102444800000",
    "0001772321400000",
    "-1772321400000",
    " 1772321400000",
    "1.7723214e12",
    "2026-02-29T00:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T00:00:60Z",
    "2026-03-01 00:00:00Z",
    "2026-03-01T00:00:00",
    "2026-03-01T00:00:00.Z",
    "2026-03-01T00:00:00+24:00",
    "2026-03-01T00:00:00+0100",
    "2100-01-01T00:00:00Z",
    "\u{661}772321400000",
];

/// A time as a field says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    AtMs(i64),
    Bad(&'static str),
}

impl When {
    /// The instant, if there is one.
    pub(super) fn ms(&self) -> Option<i64> {
        match self {
            When::AtMs(ms) => Some(*ms),
            When::Bad(_) => None,
        }
    }

    /// In one of the accepted forms; true where it is digits alone, which JSON may leave unquoted.
    pub(super) fn text(&self, spelling: &mut Spelling) -> (String, bool) {
        match *self {
            When::Bad(text) => (text.to_owned(), false),
            When::AtMs(ms) if ENDS.contains(&ms) => (ms.to_string(), true),
            When::AtMs(ms) => match spelling.take(6) {
                0 => (ms.to_string(), true),
                1 => (rfc3339(ms, 0, "Z"), false),
                2 => (rfc3339(ms, 0, "-00:00").replace('T', "t"), false),
                3 => (rfc3339(ms, 90 * MINUTE, "+01:30"), false),
                4 => (rfc3339(ms, -(23 * HOUR + 59 * MINUTE), "-23:59"), false),
                _ => (format!("00{ms}"), false),
            },
        }
    }
}

/// Dates around the base, from two days before it.
const DATES: [&str; 8] =
    ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"];
const FIRST_DATE: i64 = 1_772_064_000_000;

fn rfc3339(ms: i64, offset_ms: i64, zone: &str) -> String {
    let local = ms + offset_ms - FIRST_DATE;
    let (date, rest) = (DATES[local.div_euclid(24 * HOUR) as usize], local.rem_euclid(24 * HOUR));
    let (hour, minute, second, ms) = (rest / HOUR, rest / MINUTE % 60, rest / SECOND % 60, rest % SECOND);
    // Digits behind the milliseconds are cut, so they may be any.
    let fraction = if ms == 0 && offset_ms == 0 { String::new() } else { format!(".{ms:03}9") };
    format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
}

/// The few instants of one input: one, and others that lie a step after it.
pub(super) fn instants() -> impl Strategy<Value = Vec<i64>> {
    let steps = prop::collection::vec(prop::sample::select(&STEPS[..]), 2..5);
    (prop::sample::select(&STEPS[..]), steps)
        .prop_map(|(first, steps)| std::iter::once(0).chain(steps).map(|step| BASE + first + step).collect())
}

pub(super) fn when(instants: &[i64]) -> impl Strategy<Value = When> + use<> {
    prop_oneof![
        60 => prop::sample::select(instants.to_vec()).prop_map(When::AtMs),
        1 => prop::sample::select(&ENDS[..]).prop_map(When::AtMs),
        2 => prop::sample::select(&BAD_TIMES[..]).prop_map(When::Bad),
    ]
}

/// The first of a list mostly, so that records meet; else any.
pub(super) fn first(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just(list[0]), 2 => prop::sample::select(list)]
}

/// One of a list whose first `good` entries are sound; now and then one that is not.
pub(super) fn mostly<T: Clone + std::fmt::Debug + 'static>(
    list: &'static [T],
    good: usize,
) -> impl Strategy<Value = T> {
    prop_oneof![25 => prop::sample::select(&list[..good]), 1 => prop::sample::select(list)]
}

/// Names for files, in an order that is not that of the alphabet, some of them in folders.
pub(super) const STEMS: [&str; 6] = ["b", "a", "a/x", "a-1", "Z", "\u{e9}"];
