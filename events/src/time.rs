//! Event time: instants in milliseconds, the two accepted forms of writing one, and windows.

/// Milliseconds in a second, minute, hour and day.
pub const SECOND_MS: i64 = 1_000;
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

const YEAR_2000_MS: i64 = 946_684_800_000;
const YEAR_2100_MS: i64 = 4_102_444_800_000;

/// When an event happened: milliseconds UTC since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime(i64);

/// A length of time in milliseconds, not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl EventTime {
    /// The first instant that is admitted, 2000-01-01.
    pub const MIN: EventTime = EventTime(YEAR_2000_MS);
    /// The first instant that is no longer admitted, 2100-01-01.
    pub const END: EventTime = EventTime(YEAR_2100_MS);

    /// An instant within [2000, 2100), else none (semantics.md, Time).
    pub fn from_ms(ms: i64) -> Option<Self> {
        (YEAR_2000_MS..YEAR_2100_MS).contains(&ms).then_some(Self(ms))
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_ms(self) -> i64 {
        self.0
    }

    /// Start of the window of `width` that holds this instant; windows are aligned to the epoch.
    pub fn floor_to(self, width: Millis) -> WindowStart {
        WindowStart(self.0 - self.0.rem_euclid(width.0.max(1)))
    }

    /// Number of the UTC day (or hour, …) of the given length that holds this instant.
    pub fn bucket(self, length_ms: i64) -> i64 {
        self.0.div_euclid(length_ms)
    }

    /// This instant less a span, clamped only by the integer range.
    pub fn minus(self, span: Millis) -> i64 {
        self.0.saturating_sub(span.0)
    }

    /// Reads either accepted form, and nothing else: RFC 3339 with an offset (cut to milliseconds), or 1 to 15 ASCII digits of milliseconds.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let ms = if !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_digit) {
            digits(text)?
        } else {
            rfc3339_ms(text)?
        };
        Self::from_ms(ms)
    }
}

/// The start of a window, milliseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowStart(i64);

impl WindowStart {
    /// A window start from whole seconds, as points carry it.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        seconds.checked_mul(SECOND_MS).map(Self)
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_ms(self) -> i64 {
        self.0
    }

    /// Seconds since the Unix epoch (windows are whole seconds).
    pub fn as_seconds(self) -> i64 {
        self.0.div_euclid(SECOND_MS)
    }
}

impl std::fmt::Display for WindowStart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write_utc(self.0, f)
    }
}

impl std::fmt::Display for EventTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write_utc(self.0, f)
    }
}

/// `2026-03-01T00:00:00.000Z`
fn write_utc(instant_ms: i64, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let (year, month, day) = civil_from_days(instant_ms.div_euclid(DAY_MS));
    let ms = instant_ms.rem_euclid(DAY_MS);
    let (hour, minute, second) = (ms / HOUR_MS, ms / MINUTE_MS % 60, ms / SECOND_MS % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % SECOND_MS)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// `YYYY-MM-DDTHH:MM:SS[.digits](Z|±HH:MM)`, T and Z in either case.
fn rfc3339_ms(text: &[u8]) -> Option<i64> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let part = |from: usize, to: usize| digits(&date_time[from..to]);
    let punctuated = date_time[4] == b'-'
        && date_time[7] == b'-'
        && date_time[10].eq_ignore_ascii_case(&b'T')
        && date_time[13] == b':'
        && date_time[16] == b':';
    if !punctuated {
        return None;
    }
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    if year < 1 || hour > 23 || minute > 59 || second > 59 || day < 1 || day > days_in_month(year, month)? {
        return None;
    }
    let (fraction_ms, rest) = fraction(rest)?;
    let offset_ms = utc_offset_ms(rest)?;
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * SECOND_MS + fraction_ms - offset_ms)
}

/// The milliseconds of `.digits`, further digits cut, and what follows.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, text)) };
    let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let ms = (0..3).fold(0, |n, i| n * 10 + if i < count { i64::from(rest[i] - b'0') } else { 0 });
    Some((ms, &rest[count..]))
}

fn utc_offset_ms(text: &[u8]) -> Option<i64> {
    match text {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
            let ms = (hours <= 23 && minutes <= 59).then_some(hours * HOUR_MS + minutes * MINUTE_MS)?;
            Some(if *sign == b'-' { -ms } else { ms })
        }
        _ => None,
    }
}

fn days_in_month(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(text: &str) -> Option<i64> {
        EventTime::parse(text.as_bytes()).map(EventTime::as_ms)
    }

    #[test]
    fn both_forms_and_nothing_else() {
        let accepted = [
            ("2026-03-01T00:20:00Z", 1_772_324_400_000),
            ("2026-03-01t00:20:00z", 1_772_324_400_000),
            ("2026-03-01T02:20:00+02:00", 1_772_324_400_000),
            ("2026-02-28T23:20:00.9999999-01:00", 1_772_324_400_999),
            ("2026-03-01T00:20:00-00:00", 1_772_324_400_000),
            ("2026-03-01T00:20:00.5Z", 1_772_324_400_500),
            ("1772324400000", 1_772_324_400_000),
            ("001772324400000", 1_772_324_400_000),
            ("2000-01-01T00:00:00Z", 946_684_800_000),
            ("2100-01-01T00:00:00+00:01", 4_102_444_740_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ];
        for (text, expected) in accepted {
            assert_eq!(ms(text), Some(expected), "{text}");
        }
        let refused = [
            "",
            "-1",
            " 1772324400000",
            "1e12",
            "2026-03-01 00:20:00Z",
            "2026-03-01T00:20:00",
            "2026-03-01T00:20Z",
            "2026-03-01T00:20:00+0000",
            "20260301T002000Z",
            "2026-02-29T00:20:00Z",
            "2026-03-01T00:20:60Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T00:20:00.Z",
            "2026-03-01T00:20:00+24:00",
            "2026-03-01T00:20:00+23:60",
            "1999-12-31T23:59:59.999Z",
            "2100-01-01T00:00:00Z",
            "0001772324400000",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2026-03-01T00:20:00Zz",
            "0",
        ];
        for text in refused {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_window_start_prints_a_time_that_reads_back(ms in YEAR_2000_MS..YEAR_2100_MS) {
            let at = EventTime::from_ms(ms).unwrap();
            let start = at.floor_to(Millis(MINUTE_MS));
            prop_assert!(start.as_ms() <= ms && ms < start.as_ms() + MINUTE_MS);
            prop_assert_eq!(EventTime::parse(start.to_string().as_bytes()).map(EventTime::as_ms), Some(start.as_ms()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = EventTime::parse(&text);
        }
    }
}
