//! The names that a run has for itself on a cluster and in InfluxDB: `run-<id>-<topic>`, and the bucket `run-<id>`.

use std::fmt;
use std::io::Read;

const PREFIX: &str = "run-";
/// Bytes of an id, two digits each.
const ID_BYTES: usize = 6;

/// `run-` and twelve hexadecimal digits: two runs do not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunName(String);

impl RunName {
    /// A new name.
    pub fn draw() -> std::io::Result<Self> {
        Ok(Self(format!("{PREFIX}{}", random_hex::<ID_BYTES>()?)))
    }

    /// What a declared topic is called in this run.
    pub fn topic(&self, declared: &str) -> String {
        format!("{}-{declared}", self.0)
    }

    /// The bucket of this run.
    pub fn bucket(&self) -> &str {
        &self.0
    }

    /// The run that a bucket is of, if it is one's.
    pub fn of_bucket(bucket: &str) -> Option<Self> {
        let id = bucket.strip_prefix(PREFIX)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (id.len() == 2 * ID_BYTES && id.bytes().all(is_digit)).then(|| Self(bucket.to_owned()))
    }

    /// The run that a topic is of, if it is one's and named after one of those declared.
    pub fn of_topic<'a>(topic: &str, declared: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let name = declared.into_iter().find_map(|declared| topic.strip_suffix(declared)?.strip_suffix('-'))?;
        Self::of_bucket(name)
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// So many random bytes, as text.
pub fn random_hex<const BYTES: usize>() -> std::io::Result<String> {
    let mut bytes = [0u8; BYTES];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: [&str; 3] = ["ad-impressions", "late-events", "events"];

    #[test]
    fn names_of_runs_are_known_again() {
        let name = RunName::draw().unwrap();
        assert_ne!(name, RunName::draw().unwrap());
        assert_eq!(RunName::of_bucket(name.bucket()), Some(name.clone()));
        for declared in DECLARED {
            assert_eq!(RunName::of_topic(&name.topic(declared), DECLARED), Some(name.clone()));
        }
        assert!(fluvio_sc_schema::shared::validate_resource_name(&name.topic("clicks-conversions")).is_ok());
    }

    #[test]
    fn nothing_else_is_taken_for_a_run_s() {
        for other in [
            "ad-impressions",
            "run-ad-impressions",
            "run-0123456789ab",
            "run-0123456789ab-",
            "run-0123456789ab-orders",
            "run-0123456789ab-x-ad-impressions",
            "run-0123456789aB-ad-impressions",
            "run-0123456789a-ad-impressions",
            "run-0123456789abc-ad-impressions",
            "run-0123456789ag-ad-impressions",
            "xrun-0123456789ab-ad-impressions",
            "run-0123456789ab-ad-impressions2",
        ] {
            assert_eq!(RunName::of_topic(other, DECLARED), None, "{other}");
        }
        for other in ["run", "run-", "RUN-0123456789ab", "run-0123456789ab-events", "run-0123456789ab ", "_monitoring"]
        {
            assert_eq!(RunName::of_bucket(other), None, "{other}");
        }
    }
}
