//! The spans of time that the raw topics must reach back.

use std::fmt;
use std::time::Duration;

/// The windows of attribution and the lateness (semantics.md: Attribution, Watermark).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    pub click: Duration,
    pub conversion: Duration,
    pub view: Duration,
    pub lateness: Duration,
}

impl Windows {
    fn longest(&self) -> Duration {
        self.click.max(self.conversion).max(self.view)
    }

    /// How long a raw record may matter to totals that are not final: a touch, at most late, for the longest window; and
    /// what it is touched by may be late again.
    pub fn retention(&self) -> Duration {
        self.longest().saturating_add(self.lateness.saturating_mul(2))
    }
}

impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (longest, lateness) = (written(self.longest()), written(self.lateness));
        write!(f, "the longest window of {longest} and twice the lateness of {lateness}")
    }
}

/// A span as people write it, in the largest unit that it has a whole number of.
pub fn written(span: Duration) -> String {
    let ms = span.as_millis();
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let whole = units.iter().find(|(_, unit)| ms >= *unit && ms.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{ms}ms"), |(name, unit)| format!("{}{name}", ms / unit))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::topics::TopicsFileArgs;
    use clap::Parser;

    const DAY: Duration = Duration::from_secs(86_400);

    /// The windows of a command line that names none.
    pub fn usual() -> Windows {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            topics: TopicsFileArgs,
        }
        Line::parse_from(["adx"]).topics.windows()
    }

    #[test]
    fn the_longest_window_and_twice_the_lateness() {
        assert_eq!(usual().retention(), 9 * DAY);
        for longest in [0, 1, 2] {
            let at = |n| if n == longest { 30 * DAY } else { DAY };
            let windows = Windows { click: at(0), conversion: at(1), view: at(2), lateness: 2 * DAY };
            assert_eq!(windows.retention(), 34 * DAY);
        }
        let text = usual().to_string();
        assert_eq!(text, "the longest window of 7d and twice the lateness of 1d");
    }

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["0ms", "1ms", "1500ms", "59s", "90s", "25h", "7d", "32d", "36525d"] {
            assert_eq!(written(humantime::parse_duration(text).unwrap()), text);
        }
    }
}
