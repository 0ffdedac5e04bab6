//! Frames lines (contract.md, Impression): `\n` ends one, a `\r` before it is cut, one of white space alone is no record.

use std::ops::Range;

use adx_events::RECORD_BYTES_MAX;
use adx_events::marker::Marker;
use adx_events::reason::Reason;
use memchr::memchr;

/// What stands at the front of the buffer. The caller drops `consumed` bytes from the front and calls again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    NeedMore {
        consumed: usize,
    },
    /// A line without its end, and where it stands in the buffer.
    Line {
        line: Range<usize>,
        consumed: usize,
    },
    TooLarge {
        marker: Marker,
        consumed: usize,
    },
    End,
}

/// Finds line ends in one pass, however the buffer is cut.
#[derive(Debug, Default)]
pub(crate) struct LineFramer {
    /// Bytes at the front that hold no line end.
    looked_at: usize,
    skipped: Option<Skipped>,
}

/// A line that is too large, passed over.
#[derive(Debug)]
struct Skipped {
    length: u64,
    ends_in_return: bool,
    fingerprint: u64,
}

impl LineFramer {
    /// Looks at `buffer`, whose first byte is the first that was not consumed; `at_end`: no bytes come after it.
    pub(crate) fn next(&mut self, buffer: &[u8], at_end: bool) -> Step {
        if let Some(skipped) = self.skipped.take() {
            return self.skip(skipped, buffer, at_end);
        }
        let mut start = 0;
        loop {
            let rest = &buffer[start..];
            let found = memchr(b'\n', &rest[self.looked_at..]).map(|n| self.looked_at + n);
            let (end, next) = match found {
                Some(end) => (end, end + 1),
                None if at_end && rest.is_empty() => return Step::End,
                None if at_end => (rest.len(), rest.len()),
                // one byte past the bound may be the `\r` of a line of the largest size
                None if rest.len() <= RECORD_BYTES_MAX + 1 => {
                    self.looked_at = rest.len();
                    return Step::NeedMore { consumed: start };
                }
                None => {
                    let fingerprint = Marker::of(Reason::TooLarge, &rest[..RECORD_BYTES_MAX], 0).fingerprint;
                    self.looked_at = 0;
                    return self
                        .skip(Skipped { length: 0, ends_in_return: false, fingerprint }, rest, at_end)
                        .after(start);
                }
            };
            self.looked_at = 0;
            let line = &rest[..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let consumed = start + next;
            if line.len() > RECORD_BYTES_MAX {
                let marker = Marker::of(Reason::TooLarge, &line[..RECORD_BYTES_MAX], line.len() as u64);
                return Step::TooLarge { marker, consumed };
            }
            if !is_blank(line) {
                return Step::Line { line: start..start + line.len(), consumed };
            }
            start = consumed;
        }
    }

    fn skip(&mut self, mut skipped: Skipped, buffer: &[u8], at_end: bool) -> Step {
        let end = memchr(b'\n', buffer);
        let passed = &buffer[..end.unwrap_or(buffer.len())];
        skipped.length += passed.len() as u64;
        skipped.ends_in_return = passed.last().map_or(skipped.ends_in_return, |b| *b == b'\r');
        if end.is_none() && !at_end {
            self.skipped = Some(skipped);
            return Step::NeedMore { consumed: buffer.len() };
        }
        let length = skipped.length - u64::from(skipped.ends_in_return);
        let marker = Marker { reason: Reason::TooLarge, length, fingerprint: skipped.fingerprint };
        Step::TooLarge { marker, consumed: passed.len() + usize::from(end.is_some()) }
    }
}

impl Step {
    /// The same step where `start` bytes before it are consumed as well.
    fn after(self, start: usize) -> Self {
        match self {
            Step::NeedMore { consumed } => Step::NeedMore { consumed: start + consumed },
            Step::TooLarge { marker, consumed } => Step::TooLarge { marker, consumed: start + consumed },
            Step::Line { line, consumed } => {
                Step::Line { line: line.start + start..line.end + start, consumed: start + consumed }
            }
            Step::End => Step::End,
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | 0x0b | 0x0c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Records;
    use crate::testing::{Cuts, shown};
    use adx_events::topic::Topic;
    use proptest::prelude::*;

    fn read(data: &[u8], sizes: &[usize]) -> Vec<String> {
        shown(Records::new(Topic::Impressions, Box::new(Cuts::new(data.to_vec(), sizes))))
    }

    /// The rule as it is written down, over the whole file at once.
    fn naive(data: &[u8]) -> Vec<String> {
        let lines = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data).split(|b| *b == b'\n');
        let shown = |line: &[u8]| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match line.len() {
                length if length > RECORD_BYTES_MAX => Some(format!("!too_large {length}")),
                _ if line.iter().all(|b| b" \t\r\x0b\x0c".contains(b)) => None,
                _ => Some(String::from_utf8_lossy(line).into_owned()),
            }
        };
        lines.filter_map(shown).collect()
    }

    #[test]
    fn lines_end_where_the_contract_says() {
        let table: [(&str, &[&str]); 9] = [
            ("", &[]),
            ("a\nb", &["a", "b"]),
            ("a\r\nb\r\r\nc\r", &["a", "b\r", "c"]),
            ("\n\r\n \t\x0b\x0c\r\r\n", &[]),
            ("a\rb\n", &["a\rb"]),
            ("\u{feff}a\n\u{feff}b", &["a", "\u{feff}b"]),
            ("\u{feff}", &[]),
            (" a \n", &[" a "]),
            ("\u{a0}\n", &["\u{a0}"]),
        ];
        for (data, expected) in table {
            assert_eq!(read(data.as_bytes(), &[1]), expected, "{data:?}");
            assert_eq!(naive(data.as_bytes()), expected, "{data:?}");
        }
    }

    #[test]
    fn sizes_at_the_bound() {
        let a = |n: usize| "a".repeat(n);
        let max = RECORD_BYTES_MAX;
        let table = [
            a(max),
            a(max) + "\r",
            a(max) + "\r\n",
            a(max) + "\nb",
            a(max + 1),
            a(max + 1) + "\r\nb",
            a(max) + "\r\r\nb",
            " ".repeat(max) + "\nb",
            " ".repeat(max + 1) + "\nb",
            a(4 * max) + "\r\n" + &a(max + 1) + "\n\nb",
        ];
        for data in table {
            for sizes in [&[1_000_000][..], &[max], &[max + 1, 1], &[max + 2], &[4_093]] {
                assert_eq!(read(data.as_bytes(), sizes), naive(data.as_bytes()), "{sizes:?}");
            }
        }
    }

    #[test]
    fn a_line_of_50_mb_is_passed_over_in_little_memory() {
        let mut data = vec![b'a'; 50_000_000];
        data.extend_from_slice(b"\r\nb\n");
        let mut records = Records::new(Topic::Impressions, Box::new(Cuts::new(data, &[100_000])));
        assert!(records.next().is_some() && records.next().is_some() && records.next().is_none());
        assert!(records.capacity() <= 2 * 1024 * 1024);
    }

    proptest! {
        #[test]
        fn agrees_with_the_rule_however_the_file_is_cut(
            data in proptest::collection::vec(proptest::sample::select(b"aa \t\r\r\n\n\x0c".to_vec()), 0..60), sizes in proptest::collection::vec(1..9usize, 1..6),
        ) {
            prop_assert_eq!(read(&data, &sizes), naive(&data));
        }

        #[test]
        fn a_marker_does_not_depend_on_how_the_file_is_cut(length in 300_000..700_000usize, sizes in proptest::collection::vec(10_000..200_000usize, 1..4)) {
            let data: Vec<u8> = (0..length).map(|i| b'a' + (i % 23) as u8).collect();
            let markers = |sizes: &[usize]| format!("{:?}", Records::new(Topic::Impressions, Box::new(Cuts::new(data.clone(), sizes))).next());
            prop_assert_eq!(markers(&sizes), markers(&[length]));
        }
    }
}
