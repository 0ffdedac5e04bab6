//! The buckets of a deployment: what each one is for, what it is called, how long it keeps its points.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// InfluxDB keeps names that begin so for itself.
const RESERVED: char = '_';
/// Longer ones do not fit into tables.
const PREFIX_CHARS_MAX: usize = 48;

/// What a bucket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Windows of a minute as the sink writes them, and `campaign_1m`.
    Windows,
    /// `campaign_1h`.
    Hours,
    /// `campaign_1d`.
    Days,
    /// How well the data came in, and how the pipeline fares.
    Quality,
}

impl Purpose {
    pub const ALL: [Self; 4] = [Self::Windows, Self::Hours, Self::Days, Self::Quality];

    /// How long points are kept; `None` is for ever.
    pub const fn keeps(self) -> Option<Duration> {
        match self {
            Self::Windows => Some(Duration::from_secs(30 * DAY.as_secs())),
            Self::Hours => Some(Duration::from_secs(400 * DAY.as_secs())),
            Self::Days => None,
            Self::Quality => Some(Duration::from_secs(90 * DAY.as_secs())),
        }
    }

    /// What stands behind the prefix.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Windows => "",
            Self::Hours => "_1h",
            Self::Days => "_1d",
            Self::Quality => "_quality",
        }
    }
}

/// The names of all buckets of a deployment, by what they begin with. The sink's own bucket is called just that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    prefix: String,
}

/// A prefix that names no buckets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{prefix:?} cannot begin the names of buckets: letters, digits, '-', '_' and '.', {PREFIX_CHARS_MAX} at most, the first no '_'; for example adx"
)]
pub struct PrefixError {
    prefix: String,
}

impl Buckets {
    /// The buckets whose names begin with `prefix`.
    pub fn of(prefix: &str) -> Result<Self, PrefixError> {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let good = !prefix.is_empty() && prefix.len() <= PREFIX_CHARS_MAX && prefix.chars().all(fits);
        if good && !prefix.starts_with(RESERVED) {
            Ok(Self { prefix: prefix.to_owned() })
        } else {
            Err(PrefixError { prefix: prefix.to_owned() })
        }
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub fn name(&self, purpose: Purpose) -> String {
        format!("{}{}", self.prefix, purpose.ending())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_retention() {
        let buckets = Buckets::of("adx").unwrap();
        let told = Purpose::ALL.map(|purpose| {
            let days = purpose.keeps().map_or("for ever".to_owned(), |keeps| (keeps.as_secs() / 86_400).to_string());
            format!("{} {days}", buckets.name(purpose))
        });
        assert_eq!(told, ["adx 30", "adx_1h 400", "adx_1d for ever", "adx_quality 90"]);
    }

    #[test]
    fn prefixes_that_name_no_bucket() {
        for good in ["adx", "run-9f", "A.b_c", &"x".repeat(48)] {
            assert_eq!(Buckets::of(good).map(|buckets| buckets.prefix().to_owned()), Ok(good.to_owned()));
        }
        for bad in ["", "_adx", "a b", "a\"b", "ä", "a/b", &"x".repeat(49)] {
            assert!(Buckets::of(bad).is_err(), "{bad}");
        }
    }
}
