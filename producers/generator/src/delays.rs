//! How long after their touch clicks and conversions come: mostly soon, with a long tail, and now and then right at an edge.

use adx_events::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

use crate::dice::Dice;

/// Half the clicks come within about 10 s, one in a thousand after more than an hour.
pub(crate) fn to_click_ms(dice: &mut Dice) -> i64 {
    match dice.below(128) {
        0 => 0,
        1 => edge(dice, 30 * MINUTE_MS),
        _ => long_tail_ms(dice, 500, 20 * SECOND_MS),
    }
}

pub(crate) fn to_conversion_ms(dice: &mut Dice) -> i64 {
    match dice.below(128) {
        0 => 0,
        1 => edge(dice, DAY_MS),
        2 => edge(dice, 2 * HOUR_MS),
        _ => long_tail_ms(dice, 10 * SECOND_MS, 5 * MINUTE_MS),
    }
}

/// Within a window of that length, or 1 ms outside.
fn edge(dice: &mut Dice, window_ms: i64) -> i64 {
    window_ms + dice.between(0, 1)
}

/// Uniform, then doubled as long as a coin falls heads, at most eight times.
fn long_tail_ms(dice: &mut Dice, low_ms: i64, high_ms: i64) -> i64 {
    dice.between(low_ms, high_ms) << dice.bits().trailing_zeros().min(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_within_two_days() {
        let mut dice = Dice::new(5);
        for _ in 0..100_000 {
            assert!((0..2 * DAY_MS).contains(&to_click_ms(&mut dice)));
            assert!((0..2 * DAY_MS).contains(&to_conversion_ms(&mut dice)));
        }
    }
}
