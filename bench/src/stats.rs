//! Median, least and greatest of a row's runs.

use serde::Serialize;

/// What several runs gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// Of no values there is none. Between the middle two of an even number lies the median.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let half = values.len() / 2;
        let median = if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) };
        Some(Self { median, min, max })
    }
}

/// `part` of `whole` in per cent; none where there is no whole.
pub fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| 100.0 * part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn medians() {
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([3.0]), Some(Spread { median: 3.0, min: 3.0, max: 3.0 }));
        assert_eq!(Spread::of([9.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 9.0 }));
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 9.0]), Some(Spread { median: 3.0, min: 1.0, max: 9.0 }));
    }

    proptest! {
        #[test]
        fn as_many_values_lie_above_as_below(values in prop::collection::vec(-1e9..1e9f64, 1..30)) {
            let spread = Spread::of(values.iter().copied()).unwrap();
            let above = values.iter().filter(|v| **v > spread.median).count();
            let below = values.iter().filter(|v| **v < spread.median).count();
            prop_assert!(above <= values.len() / 2 && below <= values.len() / 2);
            prop_assert!(values.contains(&spread.min) && values.contains(&spread.max));
            prop_assert!(values.iter().all(|v| (spread.min..=spread.max).contains(v)));
        }
    }

    #[test]
    fn shares() {
        assert_eq!((percent(1.0, 4.0), percent(1.0, 0.0)), (Some(25.0), None));
    }
}
