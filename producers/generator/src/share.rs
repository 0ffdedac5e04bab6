//! A share of something, between none and all, exact to a millionth.

use std::str::FromStr;

/// A share from 0 to 1, written as a decimal fraction (`0.02`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    ppm: u32,
}

/// Text that is no share.
#[derive(Debug, thiserror::Error)]
#[error("a share is a number from 0 to 1, not \"{text}\"")]
pub struct ShareError {
    text: String,
}

impl Share {
    pub const NONE: Share = Share { ppm: 0 };
    pub const ALL: Share = Share { ppm: Self::ALL_PPM };
    pub(crate) const ALL_PPM: u32 = 1_000_000;

    /// So many of a million; more than a million is all.
    pub const fn of_million(ppm: u32) -> Self {
        Self { ppm: if ppm > Self::ALL_PPM { Self::ALL_PPM } else { ppm } }
    }

    pub const fn per_million(self) -> u32 {
        self.ppm
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        let refused = || ShareError { text: text.to_owned() };
        let share: f64 = text.parse().map_err(|_| refused())?;
        if !(0.0..=1.0).contains(&share) {
            return Err(refused());
        }
        Ok(Self { ppm: (share * f64::from(Self::ALL_PPM)).round() as u32 })
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", f64::from(self.ppm) / f64::from(Self::ALL_PPM))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_reads_back_what_it_prints() {
        for (text, ppm) in [("0", 0), ("1", 1_000_000), ("0.02", 20_000), ("0.000001", 1)] {
            let share: Share = text.parse().unwrap();
            assert_eq!(share.per_million(), ppm, "{text}");
            assert_eq!(share.to_string().parse::<Share>().unwrap(), share);
        }
        for text in ["", "-0.1", "1.01", "NaN", "a half"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
