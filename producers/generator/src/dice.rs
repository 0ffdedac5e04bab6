//! Repeatable chance: equal seeds give equal draws on every machine and in every release.

use crate::share::Share;

/// A generator of 64-bit draws (Steele, Lea, Flood, "Fast splittable pseudorandom number generators": SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// Dice that depend on a seed and a number alone, so that two records of one number agree.
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        Self(mix(seed) ^ mix(number.wrapping_add(GOLDEN)))
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number in `0..bound`; 0 where `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The high half of a 128-bit product is below `bound`, which fits 64 bits.
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low) + 1) as i64
    }

    pub(crate) fn hit(&mut self, share: Share) -> bool {
        self.below(u64::from(Share::ALL_PPM)) < u64::from(share.per_million())
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }
}

/// The finaliser of SplitMix64: every input bit reaches every output bit.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_the_published_ones_and_bounded() {
        // First outputs of SplitMix64 from state 0, as published with the reference implementation.
        let mut dice = Dice(0);
        assert_eq!([dice.bits(), dice.bits()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        assert!((0..1000).all(|_| dice.below(3) < 3 && (-2..=2).contains(&dice.between(-2, 2))));
        assert_eq!(dice.below(0), 0);
        assert!(!dice.hit(Share::NONE) && dice.hit(Share::ALL));
    }
}
