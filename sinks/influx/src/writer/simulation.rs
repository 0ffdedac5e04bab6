//! A world for the machine's tests: a naive server, a file, and a clock that jumps to whatever comes next.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use adx_events::time::WindowStart;

use super::limits::{Endurance, Limits};
use super::machine::{Machine, Step};
use super::refusal::{Refusal, RefusalReason};
use super::verdict::Answer;
use crate::encoded::{EncodedPoint, Revision};
use crate::line_protocol::Line;

pub(super) const LIMITS: Limits = Limits {
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
    doubt_unanswered: Duration::from_secs(40),
    request_timeout: Duration::from_secs(10),
    endurance: Endurance::Endless,
};

/// Points whose number is a multiple of these are refused, each kind for its own reason.
pub(super) const MALFORMED: i64 = 7;
pub(super) const OLD: i64 = 5;
pub(super) const CONFLICTING: i64 = 11;

pub(super) fn point(number: i64, revision: u64) -> EncodedPoint {
    let at = WindowStart::from_seconds(60 * number).expect("a small number");
    let value = i64::try_from(revision).expect("a small number");
    EncodedPoint::new(Line::new("m", at).tag("n", &number.to_string()).integer("f", value), Revision(revision))
        .expect("a valid point")
}

pub(super) fn number_of(line: &str) -> i64 {
    let (_, after) = line.split_once("n=").expect("a line of these tests");
    after.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Why the server refuses a point for good.
pub(super) fn refusal_of(number: i64) -> Option<RefusalReason> {
    let kinds = [
        (MALFORMED, RefusalReason::Malformed),
        (OLD, RefusalReason::Retention),
        (CONFLICTING, RefusalReason::TypeConflict),
    ];
    kinds.into_iter().find(|(kind, _)| number % kind == 0).map(|(_, reason)| reason)
}

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
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
pub(super) struct Server {
    pub(super) stored: BTreeMap<i64, String>,
    pub(super) late: Vec<(Instant, Vec<String>)>,
    pub(super) points_max: Option<usize>,
    pub(super) down_until: Option<Instant>,
}

impl Server {
    pub(super) fn answer(&mut self, body: &str, packed: bool, fate: Fate, now: Instant) -> Answer {
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

    pub(super) fn write(&mut self, lines: &[String], quotes: bool) -> Answer {
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
    pub(super) fn partial(&self, lines: &[String]) -> Answer {
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

    pub(super) fn store_what_is_late(&mut self, now: Instant) {
        let (due, later) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = later;
        for (_, lines) in due {
            self.write(&lines, true);
        }
    }
}

pub(super) fn told(status: u16, message: impl Into<String>) -> Answer {
    Answer::Status { status, message: message.into(), retry_after: None }
}

pub(super) fn lost() -> Answer {
    Answer::Unanswered { cause: "cut".into() }
}

/// Everything together: machine, server, file, and a clock that jumps to whatever comes next.
pub(super) struct World {
    pub(super) machine: Machine,
    pub(super) server: Server,
    pub(super) file: Vec<(RefusalReason, EncodedPoint)>,
    /// So many attempts to put refused points down fail.
    pub(super) full_disk: usize,
    pub(super) now: Instant,
    pub(super) started: Instant,
    pub(super) requests: usize,
}

impl World {
    pub(super) fn new(limits: Limits) -> Self {
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
    pub(super) fn push(&mut self, point: EncodedPoint, fates: &mut impl Iterator<Item = Fate>) {
        while !self.machine.has_room() {
            self.step(fates);
        }
        self.machine.push(point, self.now);
        assert!(self.machine.metrics().queue_points <= LIMITS.queue_points_max);
    }

    /// Does one thing, or lets time pass until there is one.
    pub(super) fn step(&mut self, fates: &mut impl Iterator<Item = Fate>) {
        match self.machine.poll(self.now) {
            Step::Wait(until) => {
                let until = until.expect("what waits without end has nothing to do");
                assert!(until > self.now, "a wait that is over");
                self.pass(until - self.now);
            }
            step => self.act(step, fates),
        }
    }

    pub(super) fn act(&mut self, step: Step, fates: &mut impl Iterator<Item = Fate>) {
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
    pub(super) fn work_for(&mut self, time: Duration, fates: &mut impl Iterator<Item = Fate>) {
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

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.server.store_what_is_late(self.now);
    }

    /// Works until all is done, and lets pass what takes effect late.
    pub(super) fn finish(&mut self, fates: &mut impl Iterator<Item = Fate>) {
        self.machine.flush();
        while !self.machine.is_idle() {
            self.step(fates);
        }
        while !self.server.late.is_empty() {
            self.pass(Duration::from_secs(1));
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.started
    }

    /// The newest of every key is stored or, where it is refused, in the file.
    pub(super) fn assert_complete(&self, newest: &BTreeMap<i64, u64>) {
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
