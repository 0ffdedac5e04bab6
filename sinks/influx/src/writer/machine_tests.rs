//! The machine against a naive server, in a time that the tests make.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use adx_events::time::WindowStart;
use proptest::prelude::*;

use super::*;
use crate::encoded::{EncodedPoint, Revision};
use crate::line_protocol::Line;
use crate::writer::refusal::RefusalReason;

const LIMITS: Limits = Limits {
    batch_points_max: 8,
    batch_bytes_max: 600,
    flush_after: Duration::from_secs(1),
    pack_above_bytes: 100,
    queue_points_max: 20,
    queue_bytes_max: 1024 * 1024,
    backoff: Duration::from_secs(1),
    backoff_max: Duration::from_secs(60),
    retry_after_max: Duration::from_secs(600),
    held_retry: Duration::from_secs(30),
    doubt: Duration::from_secs(15),
    request_timeout: Duration::from_secs(10),
    endurance: Endurance::Endless,
};

/// Points whose number is a multiple of these are refused, each kind for its own reason.
const MALFORMED: i64 = 7;
const OLD: i64 = 5;
const CONFLICTING: i64 = 11;

fn point(number: i64, revision: u64) -> EncodedPoint {
    let at = WindowStart::from_seconds(60 * number).expect("a small number");
    let value = i64::try_from(revision).expect("a small number");
    EncodedPoint::new(Line::new("m", at).tag("n", &number.to_string()).integer("f", value), Revision(revision))
        .expect("a valid point")
}

fn number_of(line: &str) -> i64 {
    let (_, after) = line.split_once("n=").expect("a line of these tests");
    after.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Why the server refuses a point for good.
fn refusal_of(number: i64) -> Option<RefusalReason> {
    let kinds = [
        (MALFORMED, RefusalReason::Malformed),
        (OLD, RefusalReason::Retention),
        (CONFLICTING, RefusalReason::TypeConflict),
    ];
    kinds.into_iter().find(|(kind, _)| number % kind == 0).map(|(_, reason)| reason)
}

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Fine,
    Unreached,
    LostBeforeStoring,
    LostAfterStoring,
    /// No answer, and what it carried is stored so many seconds later.
    StoredLate(u64),
    Status(u16),
    RetryAfter(u16, u64),
    /// 500 to what is packed.
    NoGzip,
    /// 400 that quotes no line.
    SilentAboutLines,
}

/// A server in a few lines: what is stored, and what is yet to be.
#[derive(Default)]
struct Server {
    stored: BTreeMap<i64, String>,
    late: Vec<(Instant, Vec<String>)>,
    points_max: Option<usize>,
    down_until: Option<Instant>,
}

impl Server {
    fn answer(&mut self, body: &str, packed: bool, fate: Fate, now: Instant) -> Answer {
        let lines: Vec<String> = body.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
        if self.down_until.is_some_and(|until| now < until) {
            return Answer::Unreached { cause: "refused".into() };
        }
        match fate {
            Fate::Unreached => return Answer::Unreached { cause: "refused".into() },
            Fate::LostBeforeStoring => return lost(),
            Fate::LostAfterStoring => {
                self.write(&lines, true);
                return lost();
            }
            Fate::StoredLate(seconds) => {
                self.late.push((now + Duration::from_secs(seconds), lines));
                return lost();
            }
            Fate::Status(status) => return told(status, "scripted"),
            Fate::RetryAfter(status, seconds) => {
                return Answer::Status {
                    status,
                    message: String::new(),
                    retry_after: Some(Duration::from_secs(seconds)),
                };
            }
            Fate::NoGzip if packed => return told(500, "internal error"),
            Fate::Fine | Fate::SilentAboutLines | Fate::NoGzip => {}
        }
        if self.points_max.is_some_and(|most| lines.len() > most) {
            return told(413, "");
        }
        self.write(&lines, !matches!(fate, Fate::SilentAboutLines))
    }

    fn write(&mut self, lines: &[String], quotes: bool) -> Answer {
        let is = |line: &&String, reason| refusal_of(number_of(line)) == Some(reason);
        let bad: Vec<&String> = lines.iter().filter(|line| is(line, RefusalReason::Malformed)).collect();
        if !bad.is_empty() {
            let quoted: Vec<String> = bad.iter().map(|line| format!("unable to parse '{line}': odd")).collect();
            return told(400, if quotes { quoted.join("\n") } else { "odd".into() });
        }
        for line in lines.iter().filter(|line| refusal_of(number_of(line)).is_none()) {
            self.stored.insert(number_of(line), line.clone());
        }
        self.partial(lines)
    }

    /// Only the first kind is told, and of conflicts those of one shard: here, of ten windows.
    fn partial(&self, lines: &[String]) -> Answer {
        let of = |reason| lines.iter().filter(move |line| refusal_of(number_of(line)) == Some(reason));
        let conflicting = of(RefusalReason::TypeConflict).map(|line| number_of(line) / 10);
        if let Some(shard) = conflicting.clone().next() {
            let dropped = conflicting.filter(|other| *other == shard).count();
            return told(
                422,
                format!(
                    "partial write: field type conflict: input field \"f\" on measurement \"m\" is type integer, already exists as type float dropped={dropped}"
                ),
            );
        }
        match of(RefusalReason::Retention).count() {
            0 => told(204, ""),
            old => told(
                422,
                format!(
                    "partial write: dropped {old} points outside retention policy of duration 1h0m0s dropped={old} for database: 0"
                ),
            ),
        }
    }

    fn store_what_is_late(&mut self, now: Instant) {
        let (due, later) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = later;
        for (_, lines) in due {
            self.write(&lines, true);
        }
    }
}

fn told(status: u16, message: impl Into<String>) -> Answer {
    Answer::Status { status, message: message.into(), retry_after: None }
}

fn lost() -> Answer {
    Answer::Unanswered { cause: "cut".into() }
}

/// Everything together: machine, server, file, and a clock that jumps to whatever comes next.
struct World {
    machine: Machine,
    server: Server,
    file: Vec<(RefusalReason, EncodedPoint)>,
    /// So many attempts to put refused points down fail.
    full_disk: usize,
    now: Instant,
    started: Instant,
    requests: usize,
}

impl World {
    fn new(limits: Limits) -> Self {
        let now = Instant::now();
        Self {
            machine: Machine::new(limits, 42),
            server: Server::default(),
            file: Vec::new(),
            full_disk: 0,
            now,
            started: now,
            requests: 0,
        }
    }

    /// Pushes where there is room, else works until there is.
    fn push(&mut self, point: EncodedPoint, fates: &mut impl Iterator<Item = Fate>) {
        while !self.machine.has_room() {
            self.step(fates);
        }
        self.machine.push(point, self.now);
        assert!(self.machine.metrics().queue_points <= LIMITS.queue_points_max);
    }

    /// Does one thing, or lets time pass until there is one.
    fn step(&mut self, fates: &mut impl Iterator<Item = Fate>) {
        match self.machine.poll(self.now) {
            Step::Wait(until) => {
                let until = until.expect("what waits without end has nothing to do");
                assert!(until > self.now, "a wait that is over");
                self.pass(until - self.now);
            }
            step => self.act(step, fates),
        }
    }

    fn act(&mut self, step: Step, fates: &mut impl Iterator<Item = Fate>) {
        match step {
            Step::Send { body, packed } => {
                self.requests += 1;
                let answer = self.server.answer(&body, packed, fates.next().unwrap_or(Fate::Fine), self.now);
                self.pass(Duration::from_millis(40));
                self.machine.on_answer(answer, self.now);
            }
            Step::Record(refusals) => {
                let failed = self.full_disk > 0;
                self.full_disk = self.full_disk.saturating_sub(1);
                if !failed {
                    let of = |r: Refusal| r.points.into_iter().map(move |point| (r.reason, point));
                    self.file.extend(refusals.into_iter().flat_map(of));
                }
                self.machine.on_recorded(if failed { Err("disk full".into()) } else { Ok(()) }, self.now);
            }
            Step::Wait(_) | Step::Stop(_) => panic!("nothing to do: {step:?}"),
        }
    }

    /// Works for so long.
    fn work_for(&mut self, time: Duration, fates: &mut impl Iterator<Item = Fate>) {
        let end = self.now + time;
        while self.now < end {
            match self.machine.poll(self.now) {
                Step::Wait(until) => {
                    let until = until.map_or(end, |until| until.min(end));
                    assert!(until > self.now, "a wait that is over");
                    self.pass(until - self.now);
                }
                step => self.act(step, fates),
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.server.store_what_is_late(self.now);
    }

    /// Works until all is done, and lets pass what takes effect late.
    fn finish(&mut self, fates: &mut impl Iterator<Item = Fate>) {
        self.machine.flush();
        while !self.machine.is_idle() {
            self.step(fates);
        }
        while !self.server.late.is_empty() {
            self.pass(Duration::from_secs(1));
        }
    }

    fn elapsed(&self) -> Duration {
        self.now - self.started
    }

    /// The newest of every key is stored or, where it is refused, in the file.
    fn assert_complete(&self, newest: &BTreeMap<i64, u64>) {
        for (&number, &revision) in newest {
            let line = point(number, revision).line().trim_end().to_owned();
            match refusal_of(number) {
                None => assert_eq!(self.server.stored.get(&number), Some(&line), "point {number}"),
                Some(reason) => {
                    assert_eq!(self.server.stored.get(&number), None, "point {number}");
                    let kept = self.file.iter().rfind(|(_, point)| number_of(point.line()) == number);
                    let (told, kept) = kept.unwrap_or_else(|| panic!("point {number} is in no file"));
                    assert_eq!(kept.line().trim_end(), line);
                    assert_eq!(*told, reason, "point {number}");
                }
            }
        }
        assert!(self.file.iter().all(|(_, point)| refusal_of(number_of(point.line())).is_some()));
    }
}

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
