//! Records that do not count, records that cannot be taken, and the cap on state.

use adx_correlation::{Outcome, Settings, Shard, ShardError, StreamRecord};
use adx_events::key::{FOREIGN, Mark};
use adx_events::offset::{Offset, Seq};
use adx_events::reason::Reason;
use adx_events::topic::Topic;
use adx_events::verdict::{self, Verdict};
use proptest::prelude::*;

use crate::events::{Event, Logs, MIDNIGHT, Space, catalogue, events, key, settings};
use crate::model::{row, table};

const IMPRESSION: Event = Event {
    space: Space::Impression,
    user: "u0",
    at: MIDNIGHT,
    own: "n1",
    campaign: "c0",
    creative: "r0",
    kind: "",
    impression_id: "",
    click_id: "",
    exchange: "",
    amount: 1,
    flag: false,
};
const CLICK: Event = Event { space: Space::Click, at: MIDNIGHT + 1, kind: "click", ..IMPRESSION };
const CONVERSION: Event = Event { space: Space::Conversion, at: MIDNIGHT + 60_000, kind: "lead", ..IMPRESSION };

fn shard() -> Shard {
    Shard::new(settings(0, 1), catalogue())
}

fn letter(outcome: Outcome) -> adx_correlation::DeadLetter {
    match outcome {
        Outcome::Rejected(letter) => letter,
        other => panic!("{other:?} is no rejection"),
    }
}

#[test]
fn a_rejection_keeps_reason_and_coordinates() {
    let (mut shard, mut logs) = (shard(), Logs::default());
    let outcome = verdict::Outcome::Rejected { reason: Reason::BadRow, detail: "8 cells" };
    let arrival = logs.put(Topic::Clicks, 0, Mark::None, outcome);
    let found = letter(shard.push(Topic::Clicks, arrival.record()).unwrap());
    assert_eq!((found.topic, found.offset, &*found.source, found.seq), (Topic::Clicks, Offset(0), "s", Some(Seq(0))));
    assert_eq!((found.reason, &*found.detail), (Reason::BadRow, "8 cells"));
    let counts = shard.counts(Topic::Clicks);
    assert_eq!((counts.rejected, counts.reasons[usize::from(Reason::BadRow.code())]), (1, 1));
}

#[test]
fn a_conflict_is_told_against_the_accepted_first_copy() {
    let (mut shard, mut logs) = (shard(), Logs::default());
    let mut push = |event: &Event| shard.push(event.topic(), logs.append(event).record()).unwrap();
    let other = Event { amount: 2, ..IMPRESSION };
    assert_eq!(push(&IMPRESSION), Outcome::Accepted);
    assert_eq!(letter(push(&other)).reason, Reason::IdConflict);
    assert_eq!(letter(push(&other)).reason, Reason::IdConflict);
    assert_eq!(push(&IMPRESSION), Outcome::Duplicate);
    assert_eq!(push(&Event { at: MIDNIGHT - 1, ..other }), Outcome::Accepted, "the day before it is another event");
}

#[test]
fn a_record_of_another_partition_is_misrouted_before_it_is_anything_else() {
    let own = IMPRESSION.user_hash().partition(settings(0, 2).partitions).0;
    let mut logs = Logs::of(1 - own);
    let mut shard = Shard::new(settings(1 - own, 2), catalogue());
    for _ in 0..2 {
        let found = letter(shard.push(Topic::Impressions, logs.append(&IMPRESSION).record()).unwrap());
        assert_eq!((found.reason, found.detail), (Reason::Misrouted, format!("belongs in partition {own} of 2")));
    }
    assert!(table([&mut shard]).is_empty());
}

#[test]
fn records_without_our_key_are_foreign_and_judged_as_any_other() {
    let mut shard = shard();
    let mut push = |offset, key: Option<&[u8]>, event: &Event| {
        let verdict = Verdict { offset: Offset(offset), outcome: event.outcome() };
        shard.push(Topic::Impressions, StreamRecord { key, verdict }).unwrap()
    };
    assert_eq!(push(0, None, &IMPRESSION), Outcome::Accepted);
    assert_eq!(push(1, Some(b"k"), &IMPRESSION), Outcome::Duplicate);
    let found = letter(push(2, None, &Event { amount: 2, ..IMPRESSION }));
    assert_eq!((&*found.source, found.seq, found.reason), (FOREIGN, None, Reason::IdConflict));
    assert_eq!(shard.counts(Topic::Impressions).missing, 0);
}

#[test]
fn what_cannot_be_taken_changes_nothing() {
    let (topic, event) = (Topic::Impressions, IMPRESSION.outcome());
    let resend = verdict::Outcome::Resend;
    let plain = |seq| Some(key(topic, 0, seq, Mark::None));
    let flagged = |seq| Some(key(topic, 0, seq, Mark::Resend));
    let rows = [
        (2, plain(1), event, "ad-impressions partition 0: got offset 2 where 1 comes next"),
        (
            1,
            flagged(1),
            resend,
            "ad-impressions partition 0 offset 1: dedupe says resend, but seq 1 of source \"s\" has not been seen",
        ),
        (
            1,
            flagged(0),
            event,
            "ad-impressions partition 0 offset 1: dedupe's mark and the verdict disagree on whether it is a resend",
        ),
        (
            1,
            plain(1),
            resend,
            "ad-impressions partition 0 offset 1: dedupe's mark and the verdict disagree on whether it is a resend",
        ),
        (
            1,
            Some(b"!k".to_vec()),
            resend,
            "ad-impressions partition 0 offset 1: a resend whose key has no source and seq",
        ),
        (1, plain(1), CLICK.outcome(), "ad-impressions partition 0 offset 1: an event of another topic was accepted"),
    ];
    let (mut shard, mut logs) = (shard(), Logs::default());
    shard.push(topic, logs.append(&IMPRESSION).record()).unwrap();
    let before = format!("{shard:?}");
    for (offset, key, outcome, expected) in rows {
        let record = StreamRecord { key: key.as_deref(), verdict: Verdict { offset: Offset(offset), outcome } };
        assert_eq!(shard.push(topic, record).unwrap_err().to_string(), expected);
        assert_eq!(format!("{shard:?}"), before, "{expected}");
    }
}

#[test]
fn a_number_that_was_forgotten_stops_the_shard() {
    let (mut shard, mut logs) = (shard(), Logs::default());
    for n in 0..1_100 {
        let event = Event { own: "", at: MIDNIGHT + n, ..IMPRESSION };
        logs.skip(Topic::Impressions);
        shard.push(Topic::Impressions, logs.append(&event).record()).unwrap();
    }
    let arrival = logs.put(Topic::Impressions, 0, Mark::None, IMPRESSION.outcome());
    assert!(matches!(
        shard.push(Topic::Impressions, arrival.record()),
        Err(ShardError::SeqForgotten { seq: Seq(0), .. })
    ));
}

#[test]
fn a_window_that_loses_its_conversion_is_given_as_zero() {
    let (mut shard, mut logs) = (shard(), Logs::default());
    let mut push = |shard: &mut Shard, event: &Event| shard.push(event.topic(), logs.append(event).record()).unwrap();
    push(&mut shard, &CONVERSION);
    push(&mut shard, &IMPRESSION);
    let touch = |shard: &mut Shard, at: i64| {
        let name = format!("touch {at} c0 v0");
        shard.points().map(|p| row(&p)).find(|row| row.0 == name).map(|row| row.1)
    };
    assert_eq!(touch(&mut shard, MIDNIGHT), Some(vec![1, 1]));
    push(&mut shard, &Event { at: MIDNIGHT + 60_000, ..CLICK });
    assert_eq!(touch(&mut shard, MIDNIGHT), Some(vec![0, 0]));
    assert_eq!(touch(&mut shard, MIDNIGHT + 60_000), Some(vec![1, 1]));
}

#[test]
fn the_highest_amounts_are_summed_exactly() {
    let (mut shard, mut logs) = (shard(), Logs::default());
    for n in 0..10_000 {
        let event = Event { own: "", at: MIDNIGHT + n, amount: 1_000_000_000_000, ..IMPRESSION };
        shard.push(Topic::Impressions, logs.append(&event).record()).unwrap();
    }
    let found = table([&mut shard]).remove(&format!("campaign {MIDNIGHT} c0 v0")).unwrap();
    assert_eq!((found[0], found[1], found[7]), (10_000, 1, 10_000 * 1_000_000_000_000));
}

proptest! {
    #[test]
    fn a_full_shard_takes_nothing_and_changes_nothing(events in events(), room in 0..12_000u64) {
        let mut small = Shard::new(Settings { state_bytes_max: room, ..settings(0, 1) }, catalogue());
        let (mut large, mut logs, mut full) = (shard(), Logs::default(), false);
        for event in &events {
            let arrival = logs.append(event);
            let before = format!("{small:?}");
            let outcome = small.push(arrival.topic, arrival.record());
            if let Err(error) = outcome {
                let ShardError::StateFull { cap, need, .. } = error else { panic!("{error}") };
                prop_assert_eq!(cap, room);
                prop_assert!(need > cap);
                prop_assert_eq!(format!("{small:?}"), before);
                full = true;
                break;
            }
            prop_assert_eq!(Ok(large.push(arrival.topic, arrival.record()).unwrap()), outcome);
            prop_assert!(small.state_bytes() <= room);
        }
        prop_assert_eq!(table([&mut small]), table([&mut large]));
        prop_assert!(small.state_bytes() <= room || !full);
    }
}
