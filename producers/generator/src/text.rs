//! Writes ids, numbers and times into a buffer, without going through the formatter.

use adx_events::time::{EventTime, HOUR_MS, MINUTE_MS, Millis, SECOND_MS};

use crate::catalogue::{Campaign, Creative};
use crate::dice::mix;

pub(crate) fn push_decimal(out: &mut Vec<u8>, n: u64) {
    push_padded(out, n, 1);
}

/// Decimal digits, with zeros in front up to `width` (at most 20).
pub(crate) fn push_padded(out: &mut Vec<u8>, mut n: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while n > 0 || digits.len() - first < width.min(digits.len()) {
        first -= 1;
        digits[first] = b'0' + (n % 10) as u8;
        n /= 10;
    }
    out.extend_from_slice(&digits[first..]);
}

fn push_hex(out: &mut Vec<u8>, n: u64) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend((0..16).rev().map(|place| DIGITS[(n >> (4 * place)) as usize & 15]));
}

/// 16 hexadecimal digits that do not show the user's rank.
pub(crate) fn push_user(out: &mut Vec<u8>, user: u32) {
    push_hex(out, mix(u64::from(user) + 1));
}

/// `i-`, `c-`, `v-` or `a-` and a number.
pub(crate) fn push_event_id(out: &mut Vec<u8>, kind: u8, number: u64) {
    out.extend_from_slice(&[kind, b'-']);
    push_padded(out, number, 7);
}

pub(crate) fn push_creative(out: &mut Vec<u8>, creative: Creative) {
    out.extend_from_slice(b"cr-");
    push_padded(out, u64::from(creative.0), 5);
}

pub(crate) fn push_campaign(out: &mut Vec<u8>, campaign: Campaign) {
    out.extend_from_slice(b"cmp-");
    push_padded(out, u64::from(campaign.0), 4);
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// Milliseconds in digits.
    Epoch,
    /// `2026-03-01T00:20:00.000Z`
    Utc,
    /// `2026-03-01T02:20:00.000+02:00`
    Offset,
}

const MINUTES_KEPT: usize = 256;

/// Writes RFC 3339 times; the text of a minute is made once and kept while traffic dwells around it.
#[derive(Debug)]
pub(crate) struct TimeWriter {
    minutes: Vec<(i64, [u8; 17])>,
}

impl TimeWriter {
    pub(crate) fn new() -> Self {
        Self { minutes: vec![(i64::MIN, [b'0'; 17]); MINUTES_KEPT] }
    }

    pub(crate) fn push(&mut self, out: &mut Vec<u8>, at_ms: i64, form: TimeForm) {
        match form {
            TimeForm::Epoch => push_decimal(out, at_ms.unsigned_abs()),
            TimeForm::Utc => self.push_local(out, at_ms, b"Z"),
            TimeForm::Offset => self.push_local(out, at_ms + 2 * HOUR_MS, b"+02:00"),
        }
    }

    fn push_local(&mut self, out: &mut Vec<u8>, local_ms: i64, zone: &[u8]) {
        out.extend_from_slice(&self.minute(local_ms.div_euclid(MINUTE_MS)));
        let rest_ms = local_ms.rem_euclid(MINUTE_MS).unsigned_abs();
        push_padded(out, rest_ms / SECOND_MS.unsigned_abs(), 2);
        out.push(b'.');
        push_padded(out, rest_ms % SECOND_MS.unsigned_abs(), 3);
        out.extend_from_slice(zone);
    }

    /// `2026-03-01T00:20:`
    fn minute(&mut self, minute: i64) -> [u8; 17] {
        let slot = &mut self.minutes[minute.rem_euclid(MINUTES_KEPT as i64) as usize];
        if slot.0 != minute {
            let start = EventTime::from_ms(minute * MINUTE_MS).unwrap_or(EventTime::MIN).floor_to(Millis(MINUTE_MS));
            slot.0 = minute;
            slot.1.copy_from_slice(&start.to_string().as_bytes()[..17]);
        }
        slot.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_the_instant() {
        let mut times = TimeWriter::new();
        for at_ms in [1_772_323_200_000, 1_772_324_459_999, 951_782_400_001] {
            for form in [TimeForm::Epoch, TimeForm::Utc, TimeForm::Offset] {
                let mut out = Vec::new();
                times.push(&mut out, at_ms, form);
                assert_eq!(EventTime::parse(&out).map(EventTime::as_ms), Some(at_ms), "{form:?}");
            }
        }
    }

    #[test]
    fn ids_and_numbers() {
        let mut out = Vec::new();
        push_decimal(&mut out, 0);
        push_padded(&mut out, 42, 4);
        push_decimal(&mut out, u64::MAX);
        push_event_id(&mut out, b'i', 12);
        push_campaign(&mut out, Campaign(7));
        push_creative(&mut out, Creative(70));
        assert_eq!(out, b"0004218446744073709551615i-0000012cmp-0007cr-00070");
    }
}
