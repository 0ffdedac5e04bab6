//! State in buckets of event time, so that what no record can reach any more is dropped whole, not entry by entry.

/// Something for each bucket of time that has any.
#[derive(Debug)]
pub struct Buckets<T> {
    /// Ascending in number.
    buckets: Vec<(i64, T)>,
    /// The bucket used last: the next record is most likely its.
    last: usize,
}

impl<T> Default for Buckets<T> {
    fn default() -> Self {
        Self { buckets: Vec::new(), last: 0 }
    }
}

impl<T> Buckets<T> {
    /// The bucket of this number, made if need be; true where it was made.
    pub fn get_or_make(&mut self, number: i64, make: impl FnOnce() -> T) -> (&mut T, bool) {
        let known = self.buckets.get(self.last).is_some_and(|(n, _)| *n == number);
        let mut made = false;
        if !known {
            self.last = self.first_not_below(number);
            made = self.buckets.get(self.last).is_none_or(|(n, _)| *n != number);
        }
        if made {
            self.buckets.insert(self.last, (number, make()));
        }
        (&mut self.buckets[self.last].1, made)
    }

    /// The bucket of this number.
    pub fn get(&self, number: i64) -> Option<&T> {
        let of_number = |bucket: &&(i64, T)| bucket.0 == number;
        let last = self.buckets.get(self.last).filter(of_number);
        last.or_else(|| self.buckets.get(self.first_not_below(number)).filter(of_number)).map(|(_, bucket)| bucket)
    }

    /// The buckets from one number to another, both included, ascending.
    pub fn range(&self, from: i64, to: i64) -> impl Iterator<Item = &T> {
        self.buckets[self.first_not_below(from)..].iter().take_while(move |(n, _)| *n <= to).map(|(_, bucket)| bucket)
    }

    /// Takes out the buckets below a number, ascending.
    pub fn take_below(&mut self, number: i64) -> impl Iterator<Item = T> + use<T> {
        let rest = self.buckets.split_off(self.first_not_below(number));
        self.last = 0;
        std::mem::replace(&mut self.buckets, rest).into_iter().map(|(_, bucket)| bucket)
    }

    fn first_not_below(&self, number: i64) -> usize {
        self.buckets.partition_point(|(n, _)| *n < number)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in proptest::collection::vec((0..9i64, 0..9i64, 0..12u8), 0..80)) {
            let (mut buckets, mut model) = (Buckets::default(), BTreeMap::<i64, u32>::new());
            for (number, other, what) in steps {
                if what == 0 {
                    let rest = model.split_off(&number);
                    prop_assert_eq!(buckets.take_below(number).collect::<Vec<_>>(), model.into_values().collect::<Vec<_>>());
                    model = rest;
                } else {
                    let (bucket, made) = buckets.get_or_make(number, || 0);
                    prop_assert_eq!(made, !model.contains_key(&number));
                    *bucket += 1;
                    *model.entry(number).or_default() += 1;
                }
                prop_assert_eq!(buckets.get(other), model.get(&other));
                let (from, to) = (number.min(other), number.max(other));
                prop_assert_eq!(buckets.range(from, to).collect::<Vec<_>>(), model.range(from..=to).map(|(_, n)| n).collect::<Vec<_>>());
            }
        }
    }
}
