//! The machine against a naive server, in a time that the tests make.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::writer::refusal::RefusalReason;
use crate::writer::simulation::{Fate, LIMITS, OLD, World, point, refusal_of};

fn run(points: impl IntoIterator<Item = (i64, u64)>, fates: Vec<Fate>) -> World {
    run_in(World::new(LIMITS), points, fates)
}

fn run_in(mut world: World, points: impl IntoIterator<Item = (i64, u64)>, fates: Vec<Fate>) -> World {
    let mut fates = fates.into_iter();
    let mut newest = BTreeMap::new();
    for (number, revision) in points {
        newest.insert(number, revision);
        world.push(point(number, revision), &mut fates);
    }
    world.finish(&mut fates);
    world.assert_complete(&newest);
    assert_eq!(world.file.len() as u64, world.machine.metrics().refused_in_all());
    world
}

#[test]
fn a_batch_goes_when_it_is_full_or_a_second_old() {
    let mut world = World::new(LIMITS);
    world.push(point(1, 1), &mut std::iter::empty());
    let Step::Wait(Some(flush_at)) = world.machine.poll(world.now) else { panic!("sent at once") };
    let waits = flush_at - world.now;
    assert!((Duration::from_secs(1)..Duration::from_millis(1_100)).contains(&waits), "{waits:?}");
    assert!(matches!(world.machine.poll(flush_at), Step::Send { packed: false, .. }));
    let mut full = World::new(LIMITS);
    for _ in 0..8 {
        full.push(point(1, 1), &mut std::iter::empty());
    }
    assert!(matches!(full.machine.poll(full.now), Step::Wait(Some(_))), "eight times one key is one point");
    for number in [2, 3, 4, 6, 8, 9, 12] {
        full.push(point(number, 1), &mut std::iter::empty());
    }
    let Step::Send { body, packed } = full.machine.poll(full.now) else { panic!("a full batch waits") };
    assert_eq!((body.lines().count(), packed), (8, true));
    assert_eq!(full.machine.poll(full.now), Step::Wait(None), "one request at a time");
    assert_eq!(full.machine.metrics().coalesced, 7);
}

#[test]
fn of_two_revisions_the_newer_stays_whatever_comes_first() {
    for order in [[3, 2, 1], [1, 2, 3], [2, 3, 1]] {
        let mut world = World::new(LIMITS);
        for revision in order {
            world.push(point(1, revision), &mut std::iter::empty());
        }
        world.finish(&mut std::iter::empty());
        assert_eq!(world.server.stored[&1], point(1, 3).line().trim_end());
        assert_eq!(world.requests, 1);
    }
}

#[test]
fn five_minutes_without_a_server_lose_nothing_and_are_not_a_storm() {
    let mut world = World::new(LIMITS);
    world.server.down_until = Some(world.now + Duration::from_secs(300));
    let world = run_in(world, (1..=100).filter(|n| refusal_of(*n).is_none()).map(|n| (n, 1)), vec![]);
    let (elapsed, failed) = (world.elapsed(), world.machine.metrics().retries[&0]);
    assert!((Duration::from_secs(300)..Duration::from_secs(365)).contains(&elapsed), "{elapsed:?}");
    assert!((8..60).contains(&failed), "{failed} attempts failed");
}

#[test]
fn what_may_still_be_stored_holds_back_its_newer_revision() {
    let mut world = World::new(LIMITS);
    let mut fates = vec![Fate::StoredLate(12), Fate::Fine].into_iter();
    world.push(point(1, 1), &mut fates);
    world.machine.flush();
    while world.server.stored.is_empty() {
        world.step(&mut fates);
    }
    // Revision 1 is stored, by the second request; the first is still on its way.
    assert_eq!(world.server.late.len(), 1);
    world.push(point(1, 2), &mut fates);
    world.push(point(2, 1), &mut fates);
    world.machine.flush();
    while !world.server.stored.contains_key(&2) {
        world.step(&mut fates);
    }
    assert!(world.server.stored[&1].contains("f=1i"), "the newer one went before the older one was settled");
    world.finish(&mut fates);
    assert!(world.server.stored[&1].contains("f=2i"), "{:?}", world.server.stored);
}

#[test]
fn retry_after_is_heeded_and_bounded() {
    for (asked, at_least, at_most) in [(7, 7, 9), (100_000, 600, 602)] {
        let world = run([(1, 1)], vec![Fate::RetryAfter(429, asked)]);
        let elapsed = world.elapsed().as_secs();
        assert!((at_least..=at_most).contains(&elapsed), "{asked}: {elapsed}");
    }
}

#[test]
fn who_is_not_let_in_waits_and_says_so() {
    for status in [401, 403, 404, 200, 302, 405] {
        let mut world = World::new(LIMITS);
        let mut fates = vec![Fate::Status(status); 3].into_iter();
        world.push(point(1, 1), &mut fates);
        world.machine.flush();
        while world.requests < 3 {
            world.step(&mut fates);
        }
        let metrics = world.machine.metrics();
        assert!(matches!(metrics.state, State::Held { .. }), "{status}");
        assert!(metrics.unready().is_some_and(|why| why.contains(&status.to_string())), "{status}");
        world.finish(&mut fates);
        assert_eq!(world.machine.metrics().unready(), None);
        assert!(world.elapsed() >= Duration::from_secs(90) && world.server.stored.len() == 1);
    }
}

#[test]
fn a_request_that_is_refused_whatever_is_in_it_refuses_no_point() {
    let world = run((1..=4).map(|n| (n, 1)), vec![Fate::Status(400); 6]);
    assert!(world.file.is_empty());
    let world = run((1..=4).map(|n| (n, 1)), vec![Fate::Status(422), Fate::Status(413), Fate::Fine]);
    assert!(world.file.is_empty());
}

#[test]
fn bad_lines_are_isolated_whether_or_not_they_are_quoted() {
    let numbers = || (1..=16).map(|n| (n, 1));
    assert!(run(numbers(), vec![]).requests <= 32);
    let silent = run(numbers(), vec![Fate::SilentAboutLines; 40]);
    assert_eq!(silent.machine.metrics().refused_for(RefusalReason::Malformed), 2);
}

#[test]
fn a_batch_refused_whole_takes_one_request() {
    let world = run([5, 10, 15, 20, 25, 30, 40, 45].map(|n| (n, 1)), vec![]);
    assert_eq!((world.requests, world.file.len()), (1, 8));
}

#[test]
fn too_large_batches_are_halved_and_a_point_too_large_by_itself_is_put_down() {
    let mut world = World::new(LIMITS);
    world.server.points_max = Some(3);
    let world = run_in(world, [1, 2, 3, 4, 6, 8].map(|n| (n, 1)), vec![]);
    assert_eq!(world.requests, 3);
    let mut world = World::new(LIMITS);
    world.server.points_max = Some(0);
    world.push(point(1, 1), &mut std::iter::empty());
    world.finish(&mut std::iter::empty());
    assert_eq!(world.file, [(RefusalReason::TooLarge, point(1, 1))]);
}

#[test]
fn gzip_that_the_way_does_not_carry_is_given_up() {
    let numbers = (1..=200).filter(|n| refusal_of(*n).is_none()).map(|n| (n, 1));
    let world = run(numbers, vec![Fate::NoGzip; 500]);
    assert!(world.machine.metrics().packing_given_up);
    assert_eq!(world.machine.metrics().retries[&500], 3);
}

#[test]
fn a_full_disk_stops_the_stream_until_it_is_mended() {
    let mut world = World::new(LIMITS);
    world.full_disk = 3;
    world.push(point(OLD, 1), &mut std::iter::empty());
    world.machine.flush();
    while !matches!(world.machine.metrics().state, State::Stuck { .. }) {
        world.step(&mut std::iter::empty());
    }
    assert!(!world.machine.has_room());
    let world = run_in(world, [(1, 1)], vec![]);
    assert!(world.elapsed() >= Duration::from_secs(90));
}

#[test]
fn who_is_waited_for_gives_up() {
    let limits = Limits { endurance: Endurance::GiveUpAfter(Duration::from_secs(120)), ..LIMITS };
    for (fate, expected) in [(Fate::Unreached, "GaveUp"), (Fate::Status(503), "GaveUp"), (Fate::Status(401), "Held")] {
        let mut world = World::new(limits);
        world.machine.push(point(1, 1), world.now);
        let mut fates = std::iter::repeat(fate);
        while !matches!(world.machine.phase, Phase::Stopped(_)) {
            world.step(&mut fates);
        }
        assert!(format!("{:?}", world.machine.poll(world.now)).contains(expected), "{fate:?}");
        assert!(world.elapsed() <= Duration::from_secs(122), "{fate:?}: {:?}", world.elapsed());
        assert_eq!(world.machine.unfinished(), 1);
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Fine),
        1 => Just(Fate::Unreached),
        1 => Just(Fate::LostBeforeStoring),
        1 => Just(Fate::LostAfterStoring),
        2 => (0..15_u64).prop_map(Fate::StoredLate),
        1 => prop::sample::select(vec![200_u16, 301, 401, 403, 404, 408, 429, 500, 502, 503, 504]).prop_map(Fate::Status),
        1 => (prop::sample::select(vec![429_u16, 503]), 0..30_u64).prop_map(|(status, wait)| Fate::RetryAfter(status, wait)),
        1 => Just(Fate::NoGzip),
        1 => Just(Fate::SilentAboutLines),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_newest_revisions_are_stored_or_in_the_file(
        numbers in prop::collection::vec((1..60_i64, 0..3_000_u64), 1..120),
        fates in prop::collection::vec(fate(), 0..60),
        full_disk in 0..3_usize,
        points_max in prop::option::of(1..6_usize),
    ) {
        let mut world = World::new(LIMITS);
        world.full_disk = full_disk;
        world.server.points_max = points_max;
        let mut fates = fates.into_iter();
        let mut newest = BTreeMap::new();
        for (revision, (number, pause_ms)) in (1..).zip(numbers) {
            newest.insert(number, revision);
            world.push(point(number, revision), &mut fates);
            world.work_for(Duration::from_millis(pause_ms), &mut fates);
        }
        world.finish(&mut fates);
        world.assert_complete(&newest);
        let metrics = world.machine.metrics();
        prop_assert_eq!(metrics.refused_in_all(), world.file.len() as u64);
        prop_assert_eq!((metrics.queue_points, metrics.queue_bytes, metrics.under_way), (0, 0, 0));
        prop_assert!(metrics.written as usize >= world.server.stored.len());
    }
}
