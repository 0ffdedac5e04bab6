//! The writer without its wires: points and answers in, requests out; time is an argument, chance a seed.
//!
//! One request is under way at a time, so that of two revisions of a point the newer is stored last. A point leaves this machine stored,
//! or refused and put down in the file; there is no third way.

use std::time::{Duration, Instant};

use super::doubt::Doubt;
use super::jitter::{Jitter, backoff};
use super::limits::{Endurance, Limits};
use super::metrics::{Metrics, State};
use super::packing::Packing;
use super::queue::{Pushed, Queue};
use super::refusal::Refusal;
use super::verdict::{Answer, InDoubt, Verdict};
use super::work::{Settled, Work};
use crate::encoded::EncodedPoint;

/// What there is to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Send this and tell [`Machine::on_answer`] what came of it.
    Send { body: String, packed: bool },
    /// Put these down and tell [`Machine::on_recorded`].
    Record(Vec<Refusal>),
    /// Nothing before this time, or an event.
    Wait(Option<Instant>),
    /// Nothing any more.
    Stop(Stopped),
}

/// Why the writer has stopped, with points unwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Waiting has not helped for so long.
    GaveUp {
        waited: Duration,
        cause: String,
    },
    /// Waiting does not help.
    Held {
        cause: String,
    },
    Stuck {
        cause: String,
    },
}

#[derive(Debug)]
enum Phase {
    Ready,
    Sending { packed: bool },
    Recording,
    Pausing { until: Instant },
    Stopped(Stopped),
}

#[derive(Debug)]
pub(super) struct Machine {
    limits: Limits,
    jitter: Jitter,
    queue: Queue,
    doubt: Doubt,
    work: Work,
    /// To be put down before anything else is sent.
    refused: Vec<Refusal>,
    phase: Phase,
    packing: Packing,
    /// Attempts in a row that came to nothing.
    failures: u32,
    /// When what waits is sent, though it fills no batch.
    flush_at: Option<Instant>,
    flushing: bool,
    metrics: Metrics,
}

impl Machine {
    pub(super) fn new(limits: Limits, seed: u64) -> Self {
        Self {
            limits,
            jitter: Jitter::new(seed),
            queue: Queue::new(),
            doubt: Doubt::default(),
            work: Work::default(),
            refused: Vec::new(),
            phase: Phase::Ready,
            packing: Packing::default(),
            failures: 0,
            flush_at: None,
            flushing: false,
            metrics: Metrics::default(),
        }
    }

    /// Whether another point may be pushed; whoever has one waits until it may.
    pub(super) fn has_room(&self) -> bool {
        self.queue.has_room(&self.limits) && !matches!(self.metrics.state, State::Stuck { .. })
    }

    /// Takes a point, in place of an older one with its key that waits. Of two with one revision the later counts. The revisions of a
    /// key that are pushed one after the other never fall: what has been sent is not compared with.
    pub(super) fn push(&mut self, point: EncodedPoint, now: Instant) {
        if self.queue.push(point) == Pushed::Coalesced {
            self.metrics.coalesced += 1;
        }
        if self.flush_at.is_none() {
            self.flush_at = Some(self.next_flush(now));
        }
    }

    fn next_flush(&mut self, now: Instant) -> Instant {
        now + self.limits.flush_after + self.jitter.up_to(self.limits.flush_after / 10)
    }

    /// From now on nothing waits for company, until all is written.
    pub(super) fn flush(&mut self) {
        self.flushing = true;
    }

    /// Whether everything that was pushed is stored, or refused and put down.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.work.is_done() && self.refused.is_empty()
    }

    /// Points neither stored nor put down.
    pub(super) fn unfinished(&self) -> usize {
        let refused: usize = self.refused.iter().map(|refusal| refusal.points.len()).sum();
        self.queue.len() + self.work.points() + refused
    }

    pub(super) fn metrics(&self) -> Metrics {
        Metrics {
            queue_points: self.queue.len(),
            queue_bytes: self.queue.cost(),
            under_way: self.work.points(),
            packing_given_up: self.packing.is_given_up(),
            ..self.metrics.clone()
        }
    }

    /// What to do now.
    pub(super) fn poll(&mut self, now: Instant) -> Step {
        match &self.phase {
            Phase::Sending { .. } | Phase::Recording => return Step::Wait(None),
            Phase::Pausing { until } if now < *until => return Step::Wait(Some(*until)),
            Phase::Stopped(why) => return Step::Stop(why.clone()),
            Phase::Pausing { .. } | Phase::Ready => self.phase = Phase::Ready,
        }
        if !self.refused.is_empty() {
            self.phase = Phase::Recording;
            return Step::Record(self.refused.clone());
        }
        self.doubt.forget_until(now);
        if self.work.is_done() {
            if let Some(until) = self.draft(now) {
                return Step::Wait(Some(until));
            }
            if self.work.is_done() {
                self.flushing = false; // nothing is left
                return Step::Wait(None);
            }
        }
        self.send()
    }

    fn send(&mut self) -> Step {
        let body = self.work.next_body();
        let packed = self.packing.is_wanted() && body.len() > self.limits.pack_above_bytes;
        self.metrics.requests += 1;
        self.metrics.body_bytes += body.len() as u64;
        self.phase = Phase::Sending { packed };
        Step::Send { body, packed }
    }

    /// Makes the next batch the work; or says until when there is none, where that is known.
    fn draft(&mut self, now: Instant) -> Option<Instant> {
        let flush_at = self.flush_at?;
        if !self.flushing && now < flush_at && !self.queue.fills_a_batch(&self.limits) {
            return Some(flush_at);
        }
        if self.doubt.is_full() {
            return self.doubt.settled_at();
        }
        let batch = self.queue.take_batch(&self.limits, &self.doubt);
        if batch.is_empty() {
            return self.doubt.settled_at(); // all that waits waits for it
        }
        self.work = Work::of(batch);
        self.flush_at = if self.queue.is_empty() { None } else { Some(self.next_flush(now)) };
        None
    }

    pub(super) fn on_answer(&mut self, answer: Answer, now: Instant) {
        let Phase::Sending { packed } = self.phase else { return };
        let status = answer.status();
        self.packing.saw(packed, status);
        self.phase = Phase::Ready;
        match answer.judge() {
            Verdict::Stored => {
                let settled = self.work.on_stored();
                self.metrics.last_success = Some(now);
                self.settle(settled);
            }
            Verdict::Malformed { message } => {
                let settled = self.work.on_malformed(message.clone());
                self.settle_or_hold(settled, status, message, now);
            }
            Verdict::Partial { message, dropped } => {
                self.put_in_doubt(now + self.limits.doubt); // its other shards may be at work yet
                let settled = self.work.on_partial(message.clone(), dropped);
                self.settle_or_hold(settled, status, message, now);
            }
            Verdict::TooLarge { message } => {
                let settled = self.work.on_too_large(message.clone());
                self.settle_or_hold(settled, status, message, now);
            }
            Verdict::Later { cause, asked, in_doubt } => {
                match in_doubt {
                    InDoubt::No => {}
                    InDoubt::Answered => self.put_in_doubt(now + self.limits.doubt),
                    InDoubt::Unanswered => self.put_in_doubt(now + self.limits.doubt_unanswered),
                }
                self.metrics.count_retry(status);
                self.wait(cause, asked, now);
            }
            Verdict::Held { cause } => {
                self.metrics.count_retry(status);
                self.hold(cause, now);
            }
        }
    }

    /// Told what came of putting refused points down.
    pub(super) fn on_recorded(&mut self, recorded: Result<(), String>, now: Instant) {
        if !matches!(self.phase, Phase::Recording) {
            return;
        }
        self.phase = Phase::Ready;
        match recorded {
            Ok(()) => {
                for refusal in std::mem::take(&mut self.refused) {
                    self.metrics.refused[refusal.reason.index()] += refusal.points.len() as u64;
                    self.metrics.first_refusal.get_or_insert((refusal.reason, refusal.cause));
                }
                self.metrics.state = State::Working;
            }
            Err(cause) => {
                let since = self.since(now);
                self.metrics.state = State::Stuck { since, cause: cause.clone() };
                self.pause_or_stop(Stopped::Stuck { cause }, now);
            }
        }
    }

    fn settle(&mut self, settled: Settled) {
        self.failures = 0;
        self.metrics.state = State::Working;
        self.metrics.written += settled.stored as u64;
        self.refused.extend(settled.refused);
    }

    fn settle_or_hold(&mut self, settled: Settled, status: u16, message: String, now: Instant) {
        if settled.request_refused {
            self.metrics.count_retry(status);
            return self.hold(format!("status {status}, even to a request without points: {message}"), now);
        }
        self.settle(settled);
    }

    fn put_in_doubt(&mut self, until: Instant) {
        let keys = self.work.next_points().iter().map(|point| self.queue.hash_of(point));
        self.doubt.add(keys, until);
    }

    fn wait(&mut self, cause: String, asked: Option<Duration>, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let since = self.since(now);
        self.metrics.state = State::Waiting { since, cause: cause.clone() };
        let pause = backoff(self.failures, self.limits.backoff, self.limits.backoff_max, &mut self.jitter);
        let pause = pause.max(asked.unwrap_or_default().min(self.limits.retry_after_max));
        let waited = now.saturating_duration_since(since);
        self.phase = match self.limits.endurance {
            Endurance::GiveUpAfter(most) if waited + pause > most => Phase::Stopped(Stopped::GaveUp { waited, cause }),
            Endurance::GiveUpAfter(_) | Endurance::Endless => Phase::Pausing { until: now + pause },
        };
    }

    fn hold(&mut self, cause: String, now: Instant) {
        let since = self.since(now);
        self.metrics.state = State::Held { since, cause: cause.clone() };
        self.pause_or_stop(Stopped::Held { cause }, now);
    }

    /// What only somebody's help ends is waited for by those who run on their own.
    fn pause_or_stop(&mut self, why: Stopped, now: Instant) {
        self.phase = match self.limits.endurance {
            Endurance::Endless => Phase::Pausing { until: now + self.limits.held_retry },
            Endurance::GiveUpAfter(_) => Phase::Stopped(why),
        };
    }

    /// Since when nothing has gone well.
    fn since(&self, now: Instant) -> Instant {
        match &self.metrics.state {
            State::Working => now,
            State::Waiting { since, .. } | State::Held { since, .. } | State::Stuck { since, .. } => *since,
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
