//! A hash table of small fixed-size entries that wastes little: open addressing without control bytes, 78 to 88 % full at any size.
//!
//! Entries stand in the order of their hashes, so that a search ends at the first greater one, growing is one pass over memory in order, and growth by
//! an eighth is affordable. The hash space is cut into segments of some thousand entries that grow and split one by one: no insertion ever moves the
//! whole table. Why this layout and no other: examples/measure_tables.rs.

mod segment;

use segment::Segment;

/// Entries of a segment at most, before it is split.
const SEGMENT_ENTRIES_MAX: usize = 8_192;

/// Prefixes in the directory at most for each segment: where hashes crowd past that, a segment grows on instead.
const PREFIXES_PER_SEGMENT: usize = 8;

/// An entry of a [`PackedTable`].
pub trait Entry: Copy {
    /// Stands for no entry; no entry may equal it.
    const VACANT: Self;

    fn is_vacant(&self) -> bool;

    /// Well mixed in all 64 bits, the upper ones above all; equal for equal keys.
    fn hash(&self, seed: u64) -> u64;
}

/// Mixes two words under a seed, one of them mixed already (the folded multiplication of wyhash and foldhash).
pub fn mix(mixed: u64, other: u64, seed: u64) -> u64 {
    let product = u128::from(mixed ^ seed) * u128::from(other ^ 0x9e37_79b9_7f4a_7c15);
    product as u64 ^ (product >> 64) as u64
}

/// The table. Entries of equal hash stand side by side, in no order.
#[derive(Debug)]
pub struct PackedTable<E> {
    segments: Vec<Segment<E>>,
    /// The segment of each prefix of `depth` bits of a hash.
    directory: Vec<u32>,
    depth: u32,
    seed: u64,
    len: usize,
}

/// Where the entries of a hash stand, or the next one would.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    segment: usize,
    slot: usize,
    hash: u64,
}

impl<E: Entry> PackedTable<E> {
    /// An empty table; the seed keeps whoever chooses keys from choosing hashes.
    pub fn new(seed: u64) -> Self {
        Self { segments: vec![Segment::new(0, 0)], directory: vec![0], depth: 0, seed, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes allocated.
    pub fn bytes(&self) -> u64 {
        let segments: usize = self.segments.iter().map(Segment::bytes).sum();
        (segments + self.segments.capacity() * size_of::<Segment<E>>() + self.directory.capacity() * size_of::<u32>())
            as u64
    }

    /// The place of an entry's hash.
    pub fn place(&self, entry: &E) -> Place {
        let hash = entry.hash(self.seed);
        let segment = self.directory[prefix(hash, self.depth)] as usize;
        Place { segment, slot: self.segments[segment].first_not_below(hash, self.seed), hash }
    }

    /// Reads where an entry's hash has its home, so that the memory is near when its place is asked for.
    pub fn warm(&self, entry: &E) {
        let hash = entry.hash(self.seed);
        self.segments[self.directory[prefix(hash, self.depth)] as usize].warm(hash);
    }

    /// The entries of a place's hash.
    pub fn at(&self, place: Place) -> impl Iterator<Item = &E> {
        self.segments[place.segment].run(place.slot, place.hash, self.seed)
    }

    /// Adds an entry at its place, which no insertion has come after.
    pub fn insert(&mut self, place: Place, entry: E) {
        self.len += 1;
        if self.segments[place.segment].insert(place.slot, entry) {
            return;
        }
        let slot = self.make_room(place);
        let inserted = self.segments[slot.segment].insert(slot.slot, entry);
        debug_assert!(inserted, "room has just been made");
    }

    /// Grows or splits the segment of a place, and looks the place up again.
    fn make_room(&mut self, place: Place) -> Place {
        let prefixes_max = PREFIXES_PER_SEGMENT * self.segments.len();
        let (seed, full) = (self.seed, &mut self.segments[place.segment]);
        if full.len() < SEGMENT_ENTRIES_MAX || 1 << full.depth() >= prefixes_max {
            full.grow(seed);
            return Place { slot: full.first_not_below(place.hash, seed), ..place };
        }
        let (lower, upper) = full.split(seed);
        let new = self.segments.len() as u32;
        self.segments[place.segment] = lower;
        self.segments.push(upper);
        self.redirect(place, new);
        let segment = self.directory[prefix(place.hash, self.depth)] as usize;
        Place { segment, slot: self.segments[segment].first_not_below(place.hash, seed), hash: place.hash }
    }

    /// Sends the upper half of a segment that has been split to its new one.
    fn redirect(&mut self, place: Place, new: u32) {
        let depth = self.segments[place.segment].depth();
        if depth > self.depth {
            self.directory = self.directory.iter().flat_map(|segment| [*segment; 2]).collect();
            self.depth = depth;
        }
        let span = 1 << (self.depth - depth);
        let upper = (prefix(place.hash, depth) | 1) * span;
        self.directory[upper..upper + span].fill(new);
    }
}

/// The upper bits of a hash.
fn prefix(hash: u64, bits: u32) -> usize {
    hash.checked_shr(64 - bits).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A key, and what tells entries of one key apart.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    struct Pair(u64, u64);

    impl Entry for Pair {
        const VACANT: Self = Pair(u64::MAX, 0);

        fn is_vacant(&self) -> bool {
            self.0 == u64::MAX
        }

        fn hash(&self, seed: u64) -> u64 {
            // Keys from 1,000 on are their own hashes, so that tests can crowd them.
            if self.0 < 1_000 { mix(self.0 << 40, self.0, seed) } else { self.0 }
        }
    }

    fn found(table: &PackedTable<Pair>, key: u64) -> Vec<Pair> {
        let mut found: Vec<_> = table.at(table.place(&Pair(key, 0))).copied().collect();
        found.sort_unstable();
        found
    }

    fn filled(keys: &[u64]) -> PackedTable<Pair> {
        let mut table = PackedTable::new(7);
        for (n, key) in keys.iter().enumerate() {
            let entry = Pair(*key, n as u64);
            table.insert(table.place(&entry), entry);
        }
        table
    }

    fn plain(keys: &[u64], key: u64) -> Vec<Pair> {
        keys.iter().enumerate().filter(|(_, k)| **k == key).map(|(n, k)| Pair(*k, n as u64)).collect()
    }

    proptest! {
        #[test]
        fn agrees_with_a_list(keys in proptest::collection::vec(prop_oneof![0..80u64, 1_000..1_030u64, u64::MAX - 40..u64::MAX], 0..300)) {
            let table = filled(&keys);
            prop_assert_eq!(table.len(), keys.len());
            for key in (0..90).chain(1_000..1_031).chain(u64::MAX - 41..u64::MAX) {
                prop_assert_eq!(found(&table, key), plain(&keys, key));
            }
        }
    }

    #[test]
    fn segments_split_and_the_table_stays_full() {
        const COUNT: u64 = 300_000;
        let mut table = PackedTable::new(3);
        for n in 0..COUNT {
            let key = (n % (COUNT / 2)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 40;
            let entry = Pair(key, n);
            table.insert(table.place(&entry), entry);
        }
        assert!(table.segments.len() > 16 && table.directory.len() >= table.segments.len());
        for n in 0..COUNT / 2 {
            let key = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 40;
            assert!(found(&table, key).contains(&Pair(key, n + COUNT / 2)), "{n}");
        }
        let (least, most) = (COUNT * 16 * 8 / 7, COUNT * 16 * 4 / 3);
        assert!((least..most).contains(&table.bytes()), "{} bytes", table.bytes());
    }

    #[test]
    fn hashes_that_are_all_alike_end_in_one_segment_that_grows() {
        let keys = vec![u64::MAX - 1; 20_000];
        assert_eq!(found(&filled(&keys), u64::MAX - 1), plain(&keys, u64::MAX - 1));
    }
}
