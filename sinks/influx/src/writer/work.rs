//! The batch under way: what of it is still to be stored, cut smaller where a server will not take it as it is.
//!
//! After a partial write (422) the parts are sent again until each is stored whole or refused whole. The answer itself does not say
//! which points were refused: it tells one reason, counts one shard, and comes before other shards are done, so that only a 204 proves
//! a point stored. Sending a stored point again changes nothing, and nothing newer is sent before the batch is done.

use super::refusal::{Refusal, RefusalReason, part_suspects, take_quoted};
use super::verdict::shortened;
use crate::encoded::EncodedPoint;

/// Sent to learn whether a server takes any request at all: a comment, which stores nothing.
const PROBE: &str = "# is it the request, or the points in it?\n";

#[derive(Debug, Default)]
pub(super) struct Work {
    /// The next one last.
    parts: Vec<Part>,
    /// The server has taken a request without points: what it refuses now is in the points.
    request_is_sound: bool,
}

#[derive(Debug)]
enum Part {
    Points(Vec<EncodedPoint>),
    Probe,
}

/// What an answer settled.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Settled {
    pub(super) stored: usize,
    pub(super) refused: Vec<Refusal>,
    /// It refuses requests whatever is in them.
    pub(super) request_refused: bool,
}

impl Work {
    pub(super) fn of(batch: Vec<EncodedPoint>) -> Self {
        let mut work = Self::default();
        work.put(batch);
        work
    }

    pub(super) fn is_done(&self) -> bool {
        self.parts.is_empty()
    }

    /// Points that are not settled.
    pub(super) fn points(&self) -> usize {
        self.parts.iter().map(|part| part.points().len()).sum()
    }

    /// The points of the part that is sent next.
    pub(super) fn next_points(&self) -> &[EncodedPoint] {
        self.parts.last().map_or(&[], Part::points)
    }

    /// The body of the next request.
    pub(super) fn next_body(&self) -> String {
        match self.parts.last() {
            None => String::new(),
            Some(Part::Probe) => PROBE.to_owned(),
            Some(Part::Points(points)) => points.iter().map(EncodedPoint::line).collect(),
        }
    }

    pub(super) fn on_stored(&mut self) -> Settled {
        match self.parts.pop() {
            Some(Part::Points(points)) => Settled { stored: points.len(), ..Settled::default() },
            Some(Part::Probe) => {
                self.request_is_sound = true;
                Settled::default()
            }
            None => Settled::default(),
        }
    }

    /// Nothing of the part is stored: lines that the message quotes are refused, else it is cut until the bad ones stand alone.
    pub(super) fn on_malformed(&mut self, message: String) -> Settled {
        let Some(points) = self.pop_points() else { return Settled { request_refused: true, ..Settled::default() } };
        let (refused, rest) = take_quoted(points, &message);
        match rest.len() {
            _ if !refused.is_empty() => self.put(rest),
            _ if !self.request_is_sound => {
                self.put(rest);
                self.parts.push(Part::Probe);
            }
            0 | 1 => return self.refuse_alone(rest, RefusalReason::Malformed, &message),
            _ => self.put_halves(rest),
        }
        Settled { refused, ..Settled::default() }
    }

    /// All of the part is stored but for `dropped` points at least.
    pub(super) fn on_partial(&mut self, message: String, dropped: usize) -> Settled {
        let Some(mut points) = self.pop_points() else {
            return Settled { request_refused: true, ..Settled::default() };
        };
        if dropped >= points.len() {
            return refusal(points, RefusalReason::of_partial_write(&message), &message);
        }
        if points.len() == 1 {
            // A field has been left out of it; the rest is stored.
            return if message.contains("invalid field name") && message.contains("has been stripped") {
                Settled { stored: 1, ..Settled::default() }
            } else {
                refusal(points, RefusalReason::of_partial_write(&message), &message)
            };
        }
        points.sort_by_key(EncodedPoint::at); // shards are spans of time
        let (suspects, others) = part_suspects(points, &message);
        match (suspects.is_empty(), others.is_empty()) {
            (false, false) => {
                self.put(others);
                self.put(suspects);
            }
            (true, _) => self.put_halves(others),
            (false, true) => self.put_halves(suspects),
        }
        Settled::default()
    }

    pub(super) fn on_too_large(&mut self, message: String) -> Settled {
        let Some(points) = self.pop_points() else { return Settled { request_refused: true, ..Settled::default() } };
        match points.len() {
            1 if !self.request_is_sound => {
                self.put(points);
                self.parts.push(Part::Probe);
            }
            1 => return self.refuse_alone(points, RefusalReason::TooLarge, &format!("status 413: {message}")),
            _ => self.put_halves(points),
        }
        Settled::default()
    }

    /// A point that stands alone, right after the server took a request without points: before the next one it is asked again.
    fn refuse_alone(&mut self, points: Vec<EncodedPoint>, reason: RefusalReason, cause: &str) -> Settled {
        self.request_is_sound = false;
        refusal(points, reason, cause)
    }

    /// The points of the next part; `None`, and nothing is taken, where that holds none.
    fn pop_points(&mut self) -> Option<Vec<EncodedPoint>> {
        match self.parts.pop()? {
            Part::Points(points) => Some(points),
            Part::Probe => {
                self.parts.push(Part::Probe);
                None
            }
        }
    }

    fn put(&mut self, points: Vec<EncodedPoint>) {
        if !points.is_empty() {
            self.parts.push(Part::Points(points));
        }
    }

    fn put_halves(&mut self, mut points: Vec<EncodedPoint>) {
        let second = points.split_off(points.len() / 2);
        self.put(second);
        self.put(points);
    }
}

impl Part {
    fn points(&self) -> &[EncodedPoint] {
        match self {
            Self::Points(points) => points,
            Self::Probe => &[],
        }
    }
}

fn refusal(points: Vec<EncodedPoint>, reason: RefusalReason, cause: &str) -> Settled {
    Settled { refused: vec![Refusal { reason, cause: shortened(cause), points }], ..Settled::default() }
}
