//! Flux's instants: RFC 3339 in UTC.

use adx_events::time::WindowStart;

/// A whole second as Flux prints it, `2026-03-01T00:00:00Z`, of the years 1970 to 9999.
pub(crate) fn window_start(text: &str) -> Option<WindowStart> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let shape = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = |(byte, form): (&u8, &u8)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form };
    if !bytes.iter().zip(shape).all(fits) {
        return None;
    }
    let number =
        |from: usize, to: usize| bytes[from..to].iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let seconds = (days(year, month, day) * 24 + number(11, 13)) * 3_600 + number(14, 16) * 60 + number(17, 19);
    WindowStart::from_seconds(seconds)
}

/// Days from 1970-01-01; years are counted from March, so that the leap day ends one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_are_read_and_nothing_else() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1999-12-31T23:59:57Z", 946_684_797),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2026-03-01T00:01:00Z", 1_772_323_260),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(window_start(text).map(WindowStart::as_seconds), Some(seconds), "{text}");
        }
        for text in
            ["", "2026-03-01T00:00:00.5Z", "2026-03-01 00:00:00Z", "2026-13-01T00:00:00Z", "é026-03-01T00:00:0Z"]
        {
            assert_eq!(window_start(text), None, "{text}");
        }
    }
}
