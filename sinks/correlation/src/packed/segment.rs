//! One part of the hash space: a run of slots, entries in the order of their hashes, each at its home or as soon after it as there is room.

use super::Entry;

/// Slots behind the last home at least, for entries displaced past it; more are added when they run out.
const TAIL: usize = 16;
/// And one more to so many homes.
const TAIL_SHARE: usize = 128;
const HOMES_MIN: usize = 8;

#[derive(Debug)]
pub(super) struct Segment<E> {
    slots: Vec<E>,
    homes: usize,
    len: usize,
    /// Upper bits that all hashes here have in common.
    depth: u32,
}

impl<E: Entry> Segment<E> {
    /// An empty segment with room for some entries, 7 to every 9 homes.
    pub(super) fn new(depth: u32, entries: usize) -> Self {
        let homes = (entries * 9).div_ceil(7).max(HOMES_MIN);
        let slots = vec![E::VACANT; homes + TAIL + homes / TAIL_SHARE];
        Self { slots, homes, len: 0, depth }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<E>()
    }

    /// Rises with the hash.
    fn home(&self, hash: u64) -> usize {
        let own_bits = hash.checked_shl(self.depth).unwrap_or(0);
        ((u128::from(own_bits) * self.homes as u128) >> 64) as usize
    }

    /// The slot of the first entry whose hash is not below, or of the vacancy where it would stand.
    pub(super) fn first_not_below(&self, hash: u64, seed: u64) -> usize {
        let home = self.home(hash);
        let before = |e: &E| !e.is_vacant() && e.hash(seed) < hash;
        home + self.slots[home..].iter().take_while(|e| before(e)).count()
    }

    /// Reads the home of a hash and a little beyond: most entries stand within two cache lines.
    pub(super) fn warm(&self, hash: u64) {
        let home = self.home(hash);
        for slot in [home, home + TAIL / 4] {
            std::hint::black_box(self.slots[slot].is_vacant());
        }
    }

    /// The entries of a hash, from the slot of the first on.
    pub(super) fn run(&self, slot: usize, hash: u64, seed: u64) -> impl Iterator<Item = &E> {
        self.slots[slot..].iter().take_while(move |e| !e.is_vacant() && e.hash(seed) == hash)
    }

    /// Puts an entry into the slot that [`Segment::first_not_below`] gave for it; false where the segment is full.
    pub(super) fn insert(&mut self, slot: usize, entry: E) -> bool {
        if self.len * 8 >= self.homes * 7 {
            return false;
        }
        let vacancy = slot + self.slots[slot..].iter().take_while(|e| !e.is_vacant()).count();
        self.reach(vacancy);
        self.slots.copy_within(slot..vacancy, slot + 1);
        self.slots[slot] = entry;
        self.len += 1;
        true
    }

    /// Makes room for an eighth more entries.
    pub(super) fn grow(&mut self, seed: u64) {
        let mut grown = Self::new(self.depth, self.len + 1);
        grown.fill(self.entries(), seed);
        *self = grown;
    }

    /// The lower and the upper half of its hash space.
    pub(super) fn split(&self, seed: u64) -> (Self, Self) {
        let depth = self.depth + 1;
        let is_lower = |entry: &&E| (entry.hash(seed) >> (64 - depth)) & 1 == 0;
        let below = self.entries().take_while(is_lower).count();
        let (mut lower, mut upper) = (Self::new(depth, below + 1), Self::new(depth, self.len - below + 1));
        lower.fill(self.entries().take(below), seed);
        upper.fill(self.entries().skip(below), seed);
        (lower, upper)
    }

    fn entries(&self) -> impl Iterator<Item = &E> {
        self.slots.iter().filter(|e| !e.is_vacant())
    }

    /// Fills an empty segment with entries that ascend in their hashes.
    fn fill<'a>(&mut self, ascending: impl Iterator<Item = &'a E>, seed: u64)
    where
        E: 'a,
    {
        let mut next = 0;
        for entry in ascending {
            let slot = self.home(entry.hash(seed)).max(next);
            self.reach(slot);
            self.slots[slot] = *entry;
            self.len += 1;
            next = slot + 1;
        }
    }

    /// Adds slots to the tail until there is this one.
    fn reach(&mut self, slot: usize) {
        if slot >= self.slots.len() {
            self.slots.reserve_exact(TAIL);
            self.slots.resize(slot + TAIL, E::VACANT);
        }
    }
}
