//! Points that wait to be sent: in the order in which their keys came, of each key the newest revision alone.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::doubt::{Doubt, KeyHash};
use super::limits::Limits;
use crate::encoded::{EncodedPoint, PointKey};

/// What became of a point that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    Added,
    /// One of the two points with this key is gone: the older one.
    Coalesced,
}

/// A point and where it stands.
#[derive(Debug)]
struct Waiting {
    point: EncodedPoint,
    hash: KeyHash,
}

/// Where a point stands: counted from the front of an endless row, of which the queue holds a part.
type Place = i64;

#[derive(Debug)]
pub(super) struct Queue {
    row: VecDeque<Waiting>,
    front: Place,
    places: HashTable<Place>,
    hashing: RandomState,
    /// All points together.
    cost: usize,
    /// Of the lines alone.
    bytes: usize,
}

impl Queue {
    pub(super) fn new() -> Self {
        let (places, hashing) = (HashTable::new(), RandomState::new());
        Self { row: VecDeque::new(), front: 0, places, hashing, cost: 0, bytes: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.row.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    /// What the points take in memory, about.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    pub(super) fn has_room(&self, limits: &Limits) -> bool {
        self.len() < limits.queue_points_max && self.cost < limits.queue_bytes_max
    }

    /// Whether the points at hand fill a batch.
    pub(super) fn fills_a_batch(&self, limits: &Limits) -> bool {
        self.len() >= limits.batch_points_max || self.bytes >= limits.batch_bytes_max
    }

    /// Adds a point, or lets the newer of two with one key stay; of equal revisions the later one.
    pub(super) fn push(&mut self, point: EncodedPoint) -> Pushed {
        let hash = KeyHash(self.hashing.hash_one(point.key()));
        if let Some(at) = self.find(hash, point.key()) {
            if point.revision() >= self.row[at].point.revision() {
                self.replace(at, point);
            }
            return Pushed::Coalesced;
        }
        let place = self.front + self.row.len() as Place;
        self.add_up(&point);
        self.row.push_back(Waiting { point, hash });
        self.note(place, hash);
        Pushed::Added
    }

    /// Takes the next batch, without the points for which something older may still be on its way.
    pub(super) fn take_batch(&mut self, limits: &Limits, doubt: &Doubt) -> Vec<EncodedPoint> {
        let (mut batch, mut bytes, mut later) = (Vec::new(), 0, Vec::new());
        while let Some(next) = self.row.front() {
            let full =
                batch.len() >= limits.batch_points_max || bytes + next.point.line().len() > limits.batch_bytes_max;
            if full && !batch.is_empty() {
                break;
            }
            let Some(waiting) = self.pop_front() else { break };
            if doubt.covers(waiting.hash) {
                later.push(waiting);
            } else {
                bytes += waiting.point.line().len();
                let is_last = waiting.point.runs_on();
                batch.push(waiting.point);
                if is_last {
                    break;
                }
            }
        }
        later.into_iter().rev().for_each(|waiting| self.put_back(waiting));
        batch
    }

    /// The keys of points that are with somebody else, as [`Doubt`] knows them.
    pub(super) fn hash_of(&self, point: &EncodedPoint) -> KeyHash {
        KeyHash(self.hashing.hash_one(point.key()))
    }

    fn find(&self, hash: KeyHash, key: PointKey<'_>) -> Option<usize> {
        let index = |place: Place| usize::try_from(place - self.front).ok();
        let is_it = |place: &Place| index(*place).is_some_and(|at| self.row[at].point.key() == key);
        self.places.find(hash.0, is_it).and_then(|place| index(*place))
    }

    fn replace(&mut self, at: usize, point: EncodedPoint) {
        self.add_up(&point);
        let old = std::mem::replace(&mut self.row[at].point, point);
        self.take_off(&old);
    }

    fn pop_front(&mut self) -> Option<Waiting> {
        let waiting = self.row.pop_front()?;
        let place = self.front;
        if let Ok(entry) = self.places.find_entry(waiting.hash.0, |found| *found == place) {
            entry.remove();
        }
        self.front += 1;
        self.take_off(&waiting.point);
        Some(waiting)
    }

    fn put_back(&mut self, waiting: Waiting) {
        self.front -= 1;
        self.add_up(&waiting.point);
        let hash = waiting.hash;
        self.row.push_front(waiting);
        self.note(self.front, hash);
    }

    fn note(&mut self, place: Place, hash: KeyHash) {
        let (row, front) = (&self.row, self.front);
        // Places are those of points in the row.
        let rehash =
            |place: &Place| usize::try_from(place - front).ok().and_then(|at| row.get(at)).map_or(0, |w| w.hash.0);
        self.places.insert_unique(hash.0, place, rehash);
    }

    fn add_up(&mut self, point: &EncodedPoint) {
        self.cost += point.cost();
        self.bytes += point.line().len();
    }

    fn take_off(&mut self, point: &EncodedPoint) {
        self.cost -= point.cost();
        self.bytes -= point.line().len();
    }
}
