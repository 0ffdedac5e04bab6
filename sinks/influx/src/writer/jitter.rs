//! Chance for pauses, drawn from a seed: two writers that fail together do not come back together.

use std::time::Duration;

/// SplitMix64; good enough to spread load, and the same for the same seed.
#[derive(Debug, Clone)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Anything from nothing to `most`.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.unit())
    }

    /// In [0, 1).
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The pause before the next attempt after `failures` in a row: full jitter below a ceiling that doubles.
pub(super) fn backoff(failures: u32, first: Duration, most: Duration, jitter: &mut Jitter) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    jitter.up_to(first.saturating_mul(doubled).min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_fill_a_ceiling_that_doubles_up_to_its_cap() {
        let (first, most) = (Duration::from_secs(1), Duration::from_secs(60));
        let mut jitter = Jitter::new(7);
        for (failures, ceiling) in [(1, 1), (2, 2), (4, 8), (6, 32), (7, 60), (40, 60), (u32::MAX, 60)] {
            let pauses: Vec<f64> =
                (0..1_000).map(|_| backoff(failures, first, most, &mut jitter).as_secs_f64()).collect();
            let (least, greatest) =
                pauses.iter().fold((f64::MAX, 0.0_f64), |(low, high), &p| (low.min(p), high.max(p)));
            let ceiling = f64::from(ceiling);
            assert!(
                least < ceiling * 0.05 && greatest > ceiling * 0.95 && greatest <= ceiling,
                "{failures}: {least} {greatest}"
            );
        }
    }
}
