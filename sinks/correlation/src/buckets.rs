//! State in buckets of event time, so that what no record can reach any more is dropped whole, not entry by entry.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Something for each bucket of time that has any.
#[derive(Debug)]
pub struct Buckets<T>(BTreeMap<i64, T>);

impl<T> Default for Buckets<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Buckets<T> {
    /// The bucket of this number, made if need be; true where it was made.
    pub fn get_or_make(&mut self, number: i64, make: impl FnOnce() -> T) -> (&mut T, bool) {
        match self.0.entry(number) {
            Entry::Occupied(known) => (known.into_mut(), false),
            Entry::Vacant(vacant) => (vacant.insert(make()), true),
        }
    }

    /// The bucket of this number.
    pub fn get(&self, number: i64) -> Option<&T> {
        self.0.get(&number)
    }

    /// The buckets from one number to another, both included, ascending; none where the second is the smaller.
    pub fn range(&self, from: i64, to: i64) -> impl Iterator<Item = &T> {
        self.0.range(from..).take_while(move |(n, _)| **n <= to).map(|(_, bucket)| bucket)
    }

    /// Takes out the buckets below a number, ascending.
    pub fn take_below(&mut self, number: i64) -> impl Iterator<Item = T> + use<T> {
        let rest = self.0.split_off(&number);
        std::mem::replace(&mut self.0, rest).into_values()
    }
}
