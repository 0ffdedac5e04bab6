//! The laws of a shard: its totals are the plain answer over what has been pushed, however that came.

mod events;
mod model;
mod refusals;

use adx_correlation::{Outcome, Shard};
use adx_events::offset::Offset;
use adx_events::topic::Topic;
use events::{Arrival, Event, Logs, catalogue, crowded_events, events, settings};
use model::{Model, table};
use proptest::prelude::*;

fn shard() -> Shard {
    Shard::new(settings(0, 1), catalogue())
}

fn push(shard: &mut Shard, arrival: &Arrival) -> Outcome {
    shard.push(arrival.topic, arrival.record()).unwrap()
}

/// Pushes everything, asking for totals after each record whose number is among `cuts`.
fn agree(events: &[Event], cuts: &[usize]) -> Result<(), TestCaseError> {
    let (mut shard, mut logs, mut model) = (shard(), Logs::default(), Model::default());
    for (n, event) in events.iter().enumerate() {
        push(&mut shard, &logs.append(event));
        model.push(event);
        if cuts.contains(&n) {
            prop_assert_eq!(table([&mut shard]), model.table());
        }
    }
    prop_assert_eq!(table([&mut shard]), model.table());
    for topic in Topic::ALL {
        let counts = shard.counts(topic);
        prop_assert_eq!([counts.accepted, counts.duplicate, counts.rejected], model.counts(topic));
        prop_assert_eq!((counts.missing, counts.late, counts.resends), (0, 0, 0));
        prop_assert_eq!(shard.next_offset(topic), Offset(model.counts(topic).iter().sum()));
    }
    prop_assert_eq!(shard.revision().0, events.len() as u64);
    Ok(())
}

/// Events of which no two are copies of one.
fn accepted_events() -> impl Strategy<Value = Vec<Event>> {
    events().prop_map(|events| {
        let mut model = Model::default();
        events.iter().for_each(|event| model.push(event));
        model.accepted
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(768))]

    #[test]
    fn totals_are_the_plain_answer_at_any_moment(events in events(), cuts in proptest::collection::vec(0..60usize, 0..8)) {
        agree(&events, &cuts)?;
    }

    #[test]
    fn so_they_are_in_long_journeys(events in crowded_events(), cuts in proptest::collection::vec(0..80usize, 0..8)) {
        agree(&events, &cuts)?;
    }

    #[test]
    fn order_changes_nothing(two_orders in accepted_events().prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle()))) {
        let totals = |events: &[Event]| {
            let (mut shard, mut logs) = (shard(), Logs::default());
            events.iter().for_each(|event| assert_eq!(push(&mut shard, &logs.append(event)), Outcome::Accepted));
            (table([&mut shard]), shard.state_bytes())
        };
        prop_assert_eq!(totals(&two_orders.0), totals(&two_orders.1));
    }

    #[test]
    fn resends_and_records_replayed_change_nothing(
        events in events(), again in proptest::collection::vec((any::<prop::sample::Index>(), 0..5u8), 60),
    ) {
        let (mut shard, mut plain) = (shard(), shard());
        let (mut logs, mut plain_logs, mut arrivals) = (Logs::default(), Logs::default(), Vec::<Arrival>::new());
        let mut resends = 0;
        for (event, (which, what)) in events.iter().zip(&again) {
            let arrival = logs.append(event);
            prop_assert_eq!(push(&mut shard, &arrival), without_offset(push(&mut plain, &plain_logs.append(event)), &arrival));
            arrivals.push(arrival);
            let earlier = which.get(&arrivals);
            if *what < 2 {
                prop_assert_eq!(push(&mut shard, &logs.resend(earlier, *what == 1)), Outcome::Resend);
                resends += 1;
            } else if *what == 2 {
                prop_assert_eq!(push(&mut shard, earlier), Outcome::Replayed);
            }
        }
        prop_assert_eq!(table([&mut shard]), table([&mut plain]));
        prop_assert_eq!(Topic::ALL.map(|t| shard.counts(t).resends).iter().sum::<u64>(), resends);
        for topic in Topic::ALL {
            let plain = plain.counts(topic);
            prop_assert_eq!(shard.counts(topic), adx_correlation::Counts { resends: shard.counts(topic).resends, ..plain });
        }
    }

    #[test]
    fn the_number_of_partitions_changes_nothing(events in events(), partitions in 1..6u32) {
        let mut shards: Vec<_> = (0..partitions).map(|p| (Shard::new(settings(p, partitions), catalogue()), Logs::of(p))).collect();
        let mut model = Model::default();
        for event in &events {
            let own = event.user_hash().partition(settings(0, partitions).partitions).0;
            let (shard, logs) = &mut shards[own as usize];
            push(shard, &logs.append(event));
            model.push(event);
        }
        prop_assert_eq!(table(shards.iter_mut().map(|(shard, _)| shard)), model.table());
    }

    #[test]
    fn what_an_edge_numbered_and_the_log_lacks_is_missing(events in events(), gaps in proptest::collection::vec(0..3usize, 60)) {
        let (mut shard, mut logs, mut numbered) = (shard(), Logs::default(), [0u64; 3]);
        for (event, gap) in events.iter().zip(&gaps) {
            let topic = event.topic();
            (0..*gap).for_each(|_| logs.skip(topic));
            numbered[topic.index()] += *gap as u64 + 1;
            push(&mut shard, &logs.append(event));
        }
        for topic in Topic::ALL {
            let c = shard.counts(topic);
            prop_assert_eq!(c.accepted + c.duplicate + c.rejected + c.late + c.missing, numbered[topic.index()]);
        }
    }
}

/// The outcome with the offset that the record has in the longer log.
fn without_offset(outcome: Outcome, arrival: &Arrival) -> Outcome {
    match outcome {
        Outcome::Rejected(letter) => {
            Outcome::Rejected(adx_correlation::DeadLetter { offset: arrival.verdict.offset, ..letter })
        }
        other => other,
    }
}
