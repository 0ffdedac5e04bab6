//! Who and what is popular: draws by a Zipf law in constant time.

use crate::dice::Dice;

/// An alias table (Vose, "A linear algorithm for generating random numbers with a given distribution"): 8 bytes per entry.
#[derive(Debug)]
pub(crate) struct Popularity {
    /// Chance (of 2^32) that a column keeps its own index, and the index it gives else.
    columns: Vec<(u32, u32)>,
}

impl Popularity {
    /// Index k of `count` has weight 1 / (k + 1)^exponent.
    pub(crate) fn zipf(count: u32, exponent: f64) -> Self {
        let mut scaled: Vec<f64> = (1..=count).map(|rank| f64::from(rank).powf(-exponent)).collect();
        let total: f64 = scaled.iter().sum();
        scaled.iter_mut().for_each(|weight| *weight *= f64::from(count) / total);
        Self { columns: alias(scaled) }
    }

    pub(crate) fn draw(&self, dice: &mut Dice) -> u32 {
        let column = dice.below(self.columns.len() as u64);
        let (own, other) = self.columns[column as usize];
        if (dice.bits() >> 32) < u64::from(own) { column as u32 } else { other }
    }
}

/// Pairs every column below the mean of 1 with one above it.
fn alias(mut scaled: Vec<f64>) -> Vec<(u32, u32)> {
    let mut columns: Vec<(u32, u32)> = (0..scaled.len() as u32).map(|index| (u32::MAX, index)).collect();
    let (mut small, mut large): (Vec<u32>, Vec<u32>) =
        (0..scaled.len() as u32).partition(|&index| scaled[index as usize] < 1.0);
    while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
        let kept = scaled[poor as usize];
        columns[poor as usize] = ((kept * f64::from(u32::MAX)) as u32, rich);
        scaled[rich as usize] -= 1.0 - kept;
        if scaled[rich as usize] < 1.0 {
            large.pop();
            small.push(rich);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_weights() {
        let popularity = Popularity::zipf(4, 1.0);
        let mut dice = Dice::new(7);
        let mut counts = [0u32; 4];
        (0..100_000).for_each(|_| counts[popularity.draw(&mut dice) as usize] += 1);
        // 1 : 1/2 : 1/3 : 1/4 of 25/12.
        for (count, expected) in counts.into_iter().zip([48_000, 24_000, 16_000, 12_000]) {
            assert!(count.abs_diff(expected) < 800, "{counts:?}");
        }
    }
}
