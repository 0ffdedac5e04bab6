//! Lengths of time as the configuration has them and as Flux writes them.

use std::fmt;
use std::time::Duration;

const DAY_S: u64 = 86_400;
/// Statuses are kept for seven days, windows for thirty.
const MAX_S: u64 = 30 * DAY_S;

/// Whole seconds, 30 days at most, not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    pub(crate) const fn of_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    pub(crate) const fn of_minutes(minutes: u64) -> Self {
        Self(minutes * 60)
    }

    /// Reads `90s`, `15m`, `1h 30m`, `7d`.
    pub fn parse(text: &str) -> Option<Self> {
        let span = humantime::parse_duration(text).ok()?;
        Self::of(span)
    }

    fn of(span: Duration) -> Option<Self> {
        let seconds = span.as_secs();
        (span.subsec_nanos() == 0 && (1..=MAX_S).contains(&seconds)).then_some(Self(seconds))
    }

    pub const fn as_seconds(self) -> u64 {
        self.0
    }

    /// Windows are of a minute each.
    pub const fn is_whole_minutes(self) -> bool {
        self.0.is_multiple_of(60)
    }
}

/// A literal of Flux in its largest whole unit.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(DAY_S, "d"), (3_600, "h"), (60, "m"), (1, "s")];
        let (unit, name) = units.into_iter().find(|(unit, _)| self.0.is_multiple_of(*unit)).unwrap_or((1, "s"));
        write!(f, "{}{name}", self.0 / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, written) in
            [("90s", "90s"), ("60s", "1m"), ("1h 30m", "90m"), ("24h", "1d"), ("7d", "7d"), ("36h", "36h")]
        {
            assert_eq!(Span::parse(text).map(|span| span.to_string()).as_deref(), Some(written), "{text}");
        }
        for bad in ["", "0s", "1500ms", "31d", "15", "soon", "-1m"] {
            assert_eq!(Span::parse(bad), None, "{bad}");
        }
    }
}
