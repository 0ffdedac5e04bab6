//! Which numbers of one source have been seen: one integer and the list of missing ranges (semantics.md, Identity).

use crate::offset::Seq;

/// Ranges kept at most; past that the lowest is forgotten, and numbers below it are no longer judged.
pub const MISSING_RANGES_MAX: usize = 1_024;

/// What is known of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Not seen before.
    New,
    /// Seen before: a resend.
    Again,
    /// So far back that it is no longer known.
    Unknown,
}

/// The numbers seen of one (source, topic, partition).
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    /// Every number at or above is unseen.
    next: u64,
    /// Unseen ranges `[start, end)` below `next`, ascending, not touching.
    missing: Vec<(u64, u64)>,
    /// Numbers below are no longer judged.
    floor: u64,
}

impl Sequence {
    /// Takes note of a number.
    pub fn note(&mut self, seq: Seq) -> Seen {
        let n = seq.0;
        if n < self.next {
            return self.note_below(n);
        }
        if n > self.next {
            self.add_missing(self.next, n);
        }
        self.next = n.saturating_add(1);
        Seen::New
    }

    /// How many numbers below the highest seen have not been seen.
    pub fn missing(&self) -> u64 {
        self.missing.iter().map(|(start, end)| end - start).sum()
    }

    fn note_below(&mut self, n: u64) -> Seen {
        if n < self.floor {
            return Seen::Unknown;
        }
        let at = self.missing.partition_point(|(_, end)| *end <= n);
        let Some(&(start, end)) = self.missing.get(at).filter(|(start, _)| *start <= n) else { return Seen::Again };
        let rest = [(start, n), (n + 1, end)];
        self.missing.splice(at..=at, rest.into_iter().filter(|(start, end)| start < end));
        self.forget_past_the_bound();
        Seen::New
    }

    fn add_missing(&mut self, start: u64, end: u64) {
        self.missing.push((start, end));
        self.forget_past_the_bound();
    }

    fn forget_past_the_bound(&mut self) {
        if self.missing.len() > MISSING_RANGES_MAX {
            let (_, end) = self.missing.remove(0);
            self.floor = self.floor.max(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_set(numbers in proptest::collection::vec(0..60u64, 0..200)) {
            let (mut sequence, mut seen) = (Sequence::default(), BTreeSet::new());
            for n in numbers {
                let expected = if seen.insert(n) { Seen::New } else { Seen::Again };
                prop_assert_eq!(sequence.note(Seq(n)), expected);
                let highest = *seen.last().unwrap();
                prop_assert_eq!(sequence.missing(), highest + 1 - seen.len() as u64);
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_forgotten_is_said() {
        let mut sequence = Sequence::default();
        for n in 0..5_000u64 {
            assert_eq!(sequence.note(Seq(2 * n + 1)), Seen::New);
        }
        assert!(sequence.missing.len() <= MISSING_RANGES_MAX);
        assert_eq!(sequence.note(Seq(0)), Seen::Unknown);
        assert_eq!(sequence.note(Seq(9_999)), Seen::Again);
        assert_eq!(sequence.note(Seq(9_998)), Seen::New);
    }
}
