//! Frames CSV rows in a buffer that its caller refills, and splits a framed row into cells (contract.md, Click or conversion).
//!
//! What columns mean, and the byte order mark of a file that is framed piece by piece, is the caller's business.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};

use crate::RECORD_BYTES_MAX;
use crate::marker::Marker;
use crate::reason::Reason;

/// UTF-8's byte order mark, which is cut where it begins a file.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes that the caller's buffer must be able to hold: a row of the largest size and its line end.
pub const BUFFER_BYTES_MIN: usize = RECORD_BYTES_MAX + 2;

/// What the framer found at the front of the buffer. The caller drops `consumed` bytes from the front and calls again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing more can be told before more bytes come (or the end is known).
    NeedMore { consumed: usize },
    /// A row, without its line end; where it stands in the buffer. Its quotes are sound; whether it is UTF-8 is not yet known.
    Row { row: Range<usize>, consumed: usize },
    /// One record that is `bad_row` or `too_large`.
    Bad { marker: Marker, consumed: usize },
    /// The end, and nothing before it but empty rows.
    End,
}

/// Finds the ends of rows, by one pass over the bytes however the buffer is cut.
#[derive(Debug, Clone, Default)]
pub struct Framer {
    state: State,
}

/// How far the row at the front of the buffer has been looked through.
#[derive(Debug, Clone)]
enum State {
    /// Among its first [`RECORD_BYTES_MAX`] bytes, where quotes have a meaning; `at` is the next byte to look at.
    Quotes { at: usize, quoted: bool },
    /// Looking for a line end alone: past those bytes, or (not `sound`) for the end of the first line of a quote that does not close.
    Line { at: usize, sound: bool },
    /// Passing over a row that is too large, of which `length` bytes have been dropped; it does not end before `at`.
    Skip { at: usize, length: u64, fingerprint: u64 },
}

impl Default for State {
    fn default() -> Self {
        State::Quotes { at: 0, quoted: false }
    }
}

impl Framer {
    /// Looks at `buffer`, whose first byte is the first that was not consumed; `at_end`: no bytes come after it.
    ///
    /// A buffer of [`BUFFER_BYTES_MIN`] bytes or more never gets `NeedMore { consumed: 0 }`.
    pub fn next(&mut self, buffer: &[u8], at_end: bool) -> Step {
        let mut start = 0;
        loop {
            let step = self.step(&buffer[start..], at_end);
            match step {
                Step::Row { row, consumed } if row.is_empty() => start += consumed,
                Step::Row { row, consumed } => {
                    return Step::Row { row: row.start + start..row.end + start, consumed: consumed + start };
                }
                Step::Bad { marker, consumed } => return Step::Bad { marker, consumed: consumed + start },
                Step::NeedMore { consumed } => return Step::NeedMore { consumed: consumed + start },
                Step::End => return Step::End,
            }
        }
    }

    /// As `next`, empty rows included.
    fn step(&mut self, buffer: &[u8], at_end: bool) -> Step {
        if buffer.is_empty() && !matches!(self.state, State::Skip { .. }) {
            return if at_end { Step::End } else { Step::NeedMore { consumed: 0 } };
        }
        loop {
            let step = match self.state {
                State::Quotes { at, quoted } => self.quotes(buffer, at_end, at, quoted),
                State::Line { at, sound } => self.line(buffer, at_end, at, sound),
                State::Skip { at, length, fingerprint } => Some(self.skip(buffer, at_end, at, length, fingerprint)),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    /// Follows the quotes to the row's end; none where the state has changed instead.
    fn quotes(&mut self, buffer: &[u8], at_end: bool, mut at: usize, mut quoted: bool) -> Option<Step> {
        let window = &buffer[..buffer.len().min(RECORD_BYTES_MAX)];
        while let Some(rest) = window.get(at..).filter(|rest| !rest.is_empty()) {
            if !quoted {
                at += memchr3(b'"', b'\r', b'\n', rest).unwrap_or(rest.len());
                match window.get(at) {
                    Some(b'"') => (quoted, at) = (at == 0 || window[at - 1] == b',', at + 1),
                    Some(_) => {
                        self.state = State::Quotes { at, quoted };
                        return Some(self.end_of_row(buffer, at_end, at));
                    }
                    None => {}
                }
                continue;
            }
            let Some(quote) = memchr(b'"', rest) else {
                at = window.len();
                break;
            };
            match buffer.get(at + quote + 1) {
                Some(b'"') => at += quote + 2,
                Some(b',' | b'\r' | b'\n') => (quoted, at) = (false, at + quote + 1),
                None if at_end => (quoted, at) = (false, at + quote + 1),
                None => {
                    self.state = State::Quotes { at: at + quote, quoted };
                    return Some(Step::NeedMore { consumed: 0 });
                }
                Some(_) => {
                    self.state = State::Line { at: 0, sound: false };
                    return None;
                }
            }
        }
        self.end_of_window(buffer, at_end, at, quoted)
    }

    /// The bytes in which quotes have a meaning, or those there are, have been looked through.
    fn end_of_window(&mut self, buffer: &[u8], at_end: bool, at: usize, quoted: bool) -> Option<Step> {
        if at < RECORD_BYTES_MAX && !at_end {
            self.state = State::Quotes { at, quoted };
            return Some(Step::NeedMore { consumed: 0 });
        }
        self.state = if quoted {
            State::Line { at: 0, sound: false }
        } else {
            State::Line { at: at.min(buffer.len()), sound: true }
        };
        None
    }

    fn line(&mut self, buffer: &[u8], at_end: bool, at: usize, sound: bool) -> Option<Step> {
        let found = memchr2(b'\r', b'\n', &buffer[at..]).map(|n| at + n);
        match found {
            Some(end) if end <= RECORD_BYTES_MAX => {
                self.state = State::Line { at: end, sound };
                Some(if sound { self.end_of_row(buffer, at_end, end) } else { self.end_of_bad(buffer, at_end, end) })
            }
            None if buffer.len() <= RECORD_BYTES_MAX => {
                self.state = State::Line { at: buffer.len(), sound };
                Some(match (at_end, sound) {
                    (false, _) => Step::NeedMore { consumed: 0 },
                    (true, true) => self.end_of_row(buffer, at_end, buffer.len()),
                    (true, false) => self.end_of_bad(buffer, at_end, buffer.len()),
                })
            }
            _ => {
                let fingerprint = Marker::of(Reason::TooLarge, &buffer[..RECORD_BYTES_MAX], 0).fingerprint;
                self.state = State::Skip { at: RECORD_BYTES_MAX, length: 0, fingerprint };
                None
            }
        }
    }

    fn skip(&mut self, buffer: &[u8], at_end: bool, at: usize, length: u64, fingerprint: u64) -> Step {
        let end = memchr2(b'\r', b'\n', &buffer[at..]).map_or(buffer.len(), |n| at + n);
        let length = length + end as u64;
        match after_line_end(buffer, end).or(at_end.then_some(buffer.len())) {
            Some(consumed) => {
                self.state = State::default();
                Step::Bad { marker: Marker { reason: Reason::TooLarge, length, fingerprint }, consumed }
            }
            None => {
                self.state = State::Skip { at: 0, length, fingerprint };
                Step::NeedMore { consumed: end }
            }
        }
    }

    fn end_of_row(&mut self, buffer: &[u8], at_end: bool, end: usize) -> Step {
        self.ended(buffer, at_end, end, |consumed| Step::Row { row: 0..end, consumed })
    }

    fn end_of_bad(&mut self, buffer: &[u8], at_end: bool, end: usize) -> Step {
        self.ended(buffer, at_end, end, |consumed| Step::Bad {
            marker: Marker::of(Reason::BadRow, &buffer[..end], end as u64),
            consumed,
        })
    }

    /// The step, once it is known what the line end at `end` consists of.
    fn ended(&mut self, buffer: &[u8], at_end: bool, end: usize, step: impl FnOnce(usize) -> Step) -> Step {
        match after_line_end(buffer, end).or(at_end.then_some(buffer.len())) {
            Some(consumed) => {
                self.state = State::default();
                step(consumed)
            }
            None => Step::NeedMore { consumed: 0 },
        }
    }
}

/// Where the next line begins after the line end at `end`; none where that takes a byte the buffer does not hold.
fn after_line_end(buffer: &[u8], end: usize) -> Option<usize> {
    match (buffer.get(end)?, buffer.get(end + 1)) {
        (b'\r', None) => None,
        (b'\r', Some(b'\n')) => Some(end + 2),
        _ => Some(end + 1),
    }
}

/// The rows of a whole file, its byte order mark cut: each without its line end, or the reason why it is none.
pub fn rows(data: &[u8]) -> impl Iterator<Item = Result<&str, Reason>> {
    let mut rest = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
    let mut framer = Framer::default();
    std::iter::from_fn(move || {
        loop {
            let (consumed, found) = match framer.next(rest, true) {
                Step::Row { row, consumed } => {
                    (consumed, Some(std::str::from_utf8(&rest[row]).map_err(|_| Reason::BadRow)))
                }
                Step::Bad { marker, consumed } => (consumed, Some(Err(marker.reason))),
                Step::NeedMore { consumed } => (consumed, None),
                Step::End => return None,
            };
            rest = &rest[consumed..];
            if found.is_some() {
                return found;
            }
        }
    })
}

/// The cells of a framed row. A cell that begins with a quote runs to its first undoubled quote, another to the comma; nothing is trimmed.
pub fn cells(row: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = Some(row);
    std::iter::from_fn(move || {
        let text = rest?;
        let (cell, after) = match text.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted),
            None => (Cow::Borrowed(&text[..comma(text)]), &text[comma(text)..]),
        };
        rest = after.strip_prefix(',');
        Some(cell)
    })
}

fn comma(text: &str) -> usize {
    memchr(b',', text.as_bytes()).unwrap_or(text.len())
}

/// The cell whose opening quote stood before `quoted`, and what follows it. Framing has seen to it that this is a comma or nothing.
fn quoted_cell(quoted: &str) -> (Cow<'_, str>, &str) {
    let (mut from, mut doubled) = (0, false);
    while let Some(quote) = memchr(b'"', &quoted.as_bytes()[from..]) {
        let end = from + quote;
        if quoted.as_bytes().get(end + 1) != Some(&b'"') {
            let (cell, after) = (&quoted[..end], &quoted[end + 1..]);
            let cell = if doubled { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) };
            let text = &after[..comma(after)];
            return if text.is_empty() {
                (cell, after)
            } else {
                (Cow::Owned(cell.into_owned() + text), &after[text.len()..])
            };
        }
        (from, doubled) = (end + 2, true);
    }
    (Cow::Owned(quoted.replace("\"\"", "\"")), "")
}

#[cfg(test)]
#[path = "csv_rows_tests.rs"]
mod tests;
