//! Which points a server may still be storing, though it gave no answer, or none that says so.
//!
//! A request that was cut or timed out can take effect after later ones. What it carries may be sent again at once, since that
//! changes nothing; a newer revision of the same key must wait, or the old one may overwrite it.

use std::collections::{HashSet, VecDeque};
use std::time::Instant;

/// Stands for a key; two keys with one hash wait for each other, no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KeyHash(pub(super) u64);

/// Requests in doubt at most: past them nothing new is sent until the oldest is settled.
const REQUESTS_MAX: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Doubt {
    requests: VecDeque<(Instant, HashSet<KeyHash>)>,
}

impl Doubt {
    /// Notes that these may be stored at any time before `until`.
    pub(super) fn add(&mut self, keys: impl Iterator<Item = KeyHash>, until: Instant) {
        let keys: HashSet<KeyHash> = keys.collect();
        if keys.is_empty() {
            return;
        }
        match self.requests.back_mut() {
            // The same request again, as it is after every other attempt.
            Some((last, known)) if keys.is_subset(known) => *last = until,
            _ => self.requests.push_back((until, keys)),
        }
    }

    pub(super) fn forget_until(&mut self, now: Instant) {
        while self.requests.front().is_some_and(|(until, _)| *until <= now) {
            self.requests.pop_front();
        }
    }

    pub(super) fn covers(&self, key: KeyHash) -> bool {
        self.requests.iter().any(|(_, keys)| keys.contains(&key))
    }

    /// Whether no more can be kept in mind.
    pub(super) fn is_full(&self) -> bool {
        self.requests.len() >= REQUESTS_MAX
    }

    /// When the oldest is settled.
    pub(super) fn settled_at(&self) -> Option<Instant> {
        self.requests.front().map(|(until, _)| *until)
    }
}
