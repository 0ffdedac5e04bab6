//! Instants as text: RFC 3339 in UTC with as many digits of a second as needed, as Flux prints them.

use crate::point::UnixNanos;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// For example `2026-03-01T00:00:00Z` or `2026-03-01T00:00:00.5Z`.
pub(crate) fn text(at: UnixNanos) -> String {
    let seconds = at.0.div_euclid(NANOS_PER_SECOND);
    let fraction = format!("{:09}", at.0.rem_euclid(NANOS_PER_SECOND));
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{point}{fraction}Z")
}

/// Year, month and day of a count of days since 1970-01-01, in the Gregorian calendar.
/// Years are counted from March, so that the leap day ends one.
fn civil(days: i64) -> (i64, i64, i64) {
    let from_era_start = days + 719_468; // days from 0000-03-01 to 1970-01-01
    let era = from_era_start.div_euclid(146_097); // 400 years
    let of_era = from_era_start.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_flux_prints_them() {
        for (nanos, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
            (1_772_323_200_000_000_000, "2026-03-01T00:00:00Z"),
            (1_772_323_199_500_000_000, "2026-02-28T23:59:59.5Z"),
            (4_107_542_399_000_000_000, "2100-02-28T23:59:59Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(text(UnixNanos(nanos)), expected);
        }
    }
}
