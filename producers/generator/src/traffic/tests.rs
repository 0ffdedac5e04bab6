//! What the settings say of the traffic holds of the events made.

use adx_events::time::{DAY_MS, HOUR_MS, Millis};
use adx_events::topic::Topic;
use proptest::prelude::*;

use super::*;

const COUNT: u64 = 20_000;

/// Impressions and bids alone, without any fault.
fn quiet() -> Settings {
    let none = Share::NONE;
    Settings {
        impressions: COUNT,
        bids: COUNT,
        click_rate: none,
        view_through_rate: none,
        unmapped: none,
        duplicates: none,
        restamped: none,
        conflicts: none,
        malformed: none,
        zipf_exponent: 0.0,
        ..Settings::default()
    }
}

/// The events, and when each is written.
fn events(settings: &Settings) -> Vec<(Event, i64)> {
    settings.check().unwrap();
    let catalogue = Catalogue::new(settings);
    let mut traffic = Traffic::new(settings, &catalogue);
    std::iter::from_fn(|| traffic.next().map(|event| (event, traffic.due_ms()))).collect()
}

fn at_ms(event: &Event) -> i64 {
    match event.body {
        Body::Impression(impression) => impression.at_ms,
        Body::Tracked(tracked) => tracked.at_ms,
        Body::Bid(bid) => bid.at_ms,
    }
}

fn shares() -> impl Strategy<Value = Share> {
    prop_oneof![Just(Share::NONE), Just(Share::ALL), (0..=Share::ALL_PPM).prop_map(Share::of_million)]
}

fn part(share: Share) -> f64 {
    f64::from(share.per_million()) / f64::from(Share::ALL_PPM)
}

/// Within six standard deviations of what that many independent draws give.
fn is_about(found: usize, of: u64, expected: f64) -> bool {
    let (of, found) = (of as f64, found as f64);
    (found - of * expected).abs() <= 6.0 * (of * expected * (1.0 - expected).max(0.0)).sqrt() + 1e-6
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn as_many_records_are_late_or_out_of_order_as_is_said(
        seed: u64, late in shares(), disordered in shares(), lateness_h in 25..700i64,
    ) {
        // So long that a draw of none does not count.
        let (disorder, lateness) = (Millis(DAY_MS), Millis(lateness_h * HOUR_MS));
        let events = events(&Settings { seed, late, disordered, disorder, lateness, ..quiet() });
        prop_assert_eq!(events.len() as u64, 2 * COUNT);
        let lags: Vec<_> = events.iter().map(|(event, due_ms)| due_ms - at_ms(event)).collect();
        prop_assert!(lags.iter().all(|lag| (0..=lateness.0).contains(lag)));
        let beyond = lags.iter().filter(|lag| **lag > disorder.0).count();
        prop_assert!(is_about(beyond, 2 * COUNT, part(late)), "{} late", beyond);
        let within = lags.iter().filter(|lag| (1..=disorder.0).contains(*lag)).count();
        prop_assert!(is_about(within, 2 * COUNT, (1.0 - part(late)) * part(disordered)), "{} out of order", within);
    }

    #[test]
    fn hot_campaigns_get_their_share_and_what_chance_gives_them_of_the_rest(
        seed: u64, hot in shares(), (campaigns, hot_campaigns) in (1..50u32).prop_flat_map(|n| (Just(n), 1..=n)),
    ) {
        let settings = Settings { seed, hot, campaigns, hot_campaigns, ..quiet() };
        let found = events(&settings).into_iter().filter(|(event, _)| match event.body {
            Body::Impression(impression) => impression.creative.0 / settings.creatives_per_campaign < hot_campaigns,
            Body::Tracked(_) | Body::Bid(_) => false,
        });
        let expected = part(hot) + (1.0 - part(hot)) * f64::from(hot_campaigns) / f64::from(campaigns);
        prop_assert!(is_about(found.count(), COUNT, expected));
    }

    #[test]
    fn both_forms_of_time_and_every_kind_of_repeat_come_as_often_as_is_said(
        seed: u64, epoch_times in shares(), duplicates in shares(), restamped in shares(), conflicts in shares(), malformed in shares(),
    ) {
        let events = events(&Settings { seed, epoch_times, duplicates, restamped, conflicts, malformed, ..quiet() });
        let broken = events.iter().filter(|(event, _)| event.broken).count();
        prop_assert!(is_about(broken, 2 * COUNT, part(malformed)));
        let repeats = [duplicates, restamped, conflicts].map(part);
        // Of three independent shares the variance is at most that of the same number of halves.
        let (found, expected) = ((events.len() - broken) as f64 / (2 * COUNT) as f64 - 1.0, repeats.iter().sum::<f64>());
        prop_assert!((found - expected).abs() < 6.0 * (0.75 / (2 * COUNT) as f64).sqrt(), "{} repeats", found);
        let originals = originals(&events);
        let epoch = originals.iter().filter(|event| event.look.form == TimeForm::Epoch).count();
        prop_assert!(is_about(epoch, 2 * COUNT, part(epoch_times)));
    }

    #[test]
    fn clicks_and_conversions_follow_for_as_long_as_is_said(seed: u64, tail_ms in 0..2 * DAY_MS) {
        let (click_rate, conversion_rate) = (Share::of_million(400_000), Share::of_million(500_000));
        let whole = Settings { seed, impressions: 2_000, bids: 0, click_rate, conversion_rate, ..quiet() };
        let cut = Settings { tail: Millis(tail_ms), ..whole.clone() };
        let last_ms = cut.start.as_ms() + cut.duration.0 + tail_ms;
        let is_in_time = |(event, due_ms): &(Event, i64)| event.topic() != Topic::Clicks || *due_ms <= last_ms;
        let expected: Vec<_> = events(&whole).into_iter().filter(is_in_time).map(|(event, _)| at_ms(&event)).collect();
        prop_assert_eq!(events(&cut).iter().map(|(event, _)| at_ms(event)).collect::<Vec<_>>(), expected);
    }
}

/// The first event of each number and topic: its repeats come right after it.
fn originals(events: &[(Event, i64)]) -> Vec<Event> {
    let mut next = [0; Topic::ALL.len()];
    let mut is_first = |event: &Event| {
        let next = &mut next[event.topic().index()];
        let first = match event.body {
            Body::Impression(impression) => impression.number == *next,
            Body::Tracked(tracked) => tracked.number == *next,
            Body::Bid(bid) => bid.number == *next,
        };
        *next += u64::from(first);
        first
    };
    events.iter().map(|(event, _)| *event).filter(|event| is_first(event)).collect()
}
