//! Frames lines (contract.md, Impression): `\n` ends one, a `\r` before it is cut, one of white space alone is no record.

use std::ops::Range;

use adx_events::RECORD_BYTES_MAX;
use adx_events::marker::Marker;
use adx_events::reason::Reason;
use memchr::memchr;

/// What stands at the front of the buffer. The caller drops `consumed` bytes from the front and calls again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    NeedMore { consumed: usize },
    /// A line without its end, and where it stands in the buffer.
    Line { line: Range<usize>, consumed: usize },
    TooLarge { marker: Marker, consumed: usize },
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
                    return self.skip(Skipped { length: 0, ends_in_return: false, fingerprint }, rest, at_end).after(start);
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
