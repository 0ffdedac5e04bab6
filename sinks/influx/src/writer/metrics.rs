//! What a writer tells of itself: plain values, for a page of metrics and for readiness.

use std::collections::BTreeMap;
use std::time::Instant;

use super::refusal::RefusalReason;

/// Statuses that are counted apart; more of them are counted as 0.
const STATUSES_MAX: usize = 64;

/// A writer at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    /// Points that are stored.
    pub written: u64,
    /// Points that a newer revision took the place of before they were sent.
    pub coalesced: u64,
    /// Points refused for good, in the order of [`RefusalReason::ALL`].
    pub refused: [u64; RefusalReason::ALL.len()],
    pub requests: u64,
    /// Before packing.
    pub body_bytes: u64,
    /// Requests that were sent again, by the status that made it so; 0 is no answer.
    pub retries: BTreeMap<u16, u64>,
    /// Points that wait.
    pub queue_points: usize,
    pub queue_bytes: usize,
    /// Points of the batch under way that are not known to be stored.
    pub under_way: usize,
    pub last_success: Option<Instant>,
    pub state: State,
    /// Whether bodies go unpacked, since packed ones failed where plain ones did not.
    pub packing_given_up: bool,
    /// The first point that was refused: in whose words, and why.
    pub first_refusal: Option<(RefusalReason, String)>,
    /// Whether the file of refused points has some: of this writer, or of one before it.
    pub refused_wait: bool,
}

/// How a writer is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    #[default]
    Working,
    /// The server does not answer, or not now; it is tried again.
    Waiting { since: Instant, cause: String },
    /// The server lets nothing in until somebody does something; it is tried again, slowly, and nothing is lost.
    Held { since: Instant, cause: String },
    /// Refused points cannot be put down, so none may be taken any more.
    Stuck { since: Instant, cause: String },
}

impl Metrics {
    pub fn refused_in_all(&self) -> u64 {
        self.refused.iter().sum()
    }

    pub fn refused_for(&self, reason: RefusalReason) -> u64 {
        self.refused[reason.index()]
    }

    /// Why what this writer is part of is not ready; nothing where it is.
    pub fn unready(&self) -> Option<String> {
        match (&self.state, &self.first_refusal) {
            (State::Held { cause, .. }, _) => Some(format!("influxdb takes no points: {cause}")),
            (State::Stuck { cause, .. }, _) => Some(format!("refused points cannot be kept: {cause}")),
            (State::Waiting { cause, .. }, _) => Some(format!("influxdb does not answer now: {cause}")),
            (State::Working, _) if !self.refused_wait => None,
            (State::Working, Some((reason, cause))) => {
                Some(format!("influxdb has refused {} points, the first as {reason}: {cause}", self.refused_in_all()))
            }
            (State::Working, None) => Some(
                "points that influxdb refused earlier wait in their file for somebody to take them away".to_owned(),
            ),
        }
    }

    pub(super) fn count_retry(&mut self, status: u16) {
        let known = self.retries.len() < STATUSES_MAX || self.retries.contains_key(&status);
        *self.retries.entry(if known { status } else { 0 }).or_default() += 1;
    }
}
