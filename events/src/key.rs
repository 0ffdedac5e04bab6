//! The record key: where a record comes from, in short printable text; and what `dedupe` adds to it in the stream.
//!
//! `r1:i:3:42:0:adx-run/impressions/part-0.jsonl` is a record of ad-impressions, partition 3, number 42, read time unknown, of that source.
//! The source stands last, so it may hold any printable character. A record whose key does not read so is `foreign`.

use crate::bytes::append;
use crate::offset::{Offset, Partition, Seq};
use crate::topic::Topic;

/// The source of records that do not carry our key.
pub const FOREIGN: &str = "foreign";

/// What a record is, told by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An event as read.
    Record,
    /// Stands for an event that cannot or must not be published as it is.
    Marker,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Record => "r1",
            Kind::Marker => "m1",
        }
    }
}

/// A record key, borrowed from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordKey<'a> {
    pub kind: Kind,
    pub topic: Topic,
    pub partition: Partition,
    pub seq: Seq,
    /// When the edge read the record, ms since the epoch; 0 = unknown.
    pub read_ms: u64,
    /// 1 to 64 printable ASCII characters.
    pub source: &'a str,
}

impl<'a> RecordKey<'a> {
    /// Reads a key; none where it is not ours.
    pub fn parse(key: &'a [u8]) -> Option<Self> {
        let (kind, rest) = match key {
            [b'r', b'1', b':', rest @ ..] => (Kind::Record, rest),
            [b'm', b'1', b':', rest @ ..] => (Kind::Marker, rest),
            _ => return None,
        };
        let [letter, b':', rest @ ..] = rest else { return None };
        let topic = Topic::from_letter(*letter)?;
        let (partition, rest) = leading_number(rest)?;
        let (seq, rest) = leading_number(rest)?;
        let (read_ms, rest) = leading_number(rest)?;
        let source = std::str::from_utf8(rest).ok().filter(|source| is_source(source))?;
        Some(Self { kind, topic, partition: Partition(partition.try_into().ok()?), seq: Seq(seq), read_ms, source })
    }
}

impl std::fmt::Display for RecordKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letter = char::from(self.topic.letter());
        let (kind, partition, seq) = (self.kind.text(), self.partition.0, self.seq.0);
        write!(f, "{kind}:{letter}:{partition}:{seq}:{}:{}", self.read_ms, self.source)
    }
}

/// Whether a text can be a source: 1 to 64 printable ASCII characters, and not the name of foreign records.
pub fn is_source(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text != FOREIGN && is_printable(text.as_bytes())
}

/// Looks at all of every 8 bytes, since almost every source is one.
fn is_printable(text: &[u8]) -> bool {
    let all = |bytes: &[u8]| bytes.iter().fold(true, |all, b| all & (0x20..0x7f).contains(b));
    let (chunks, rest) = text.as_chunks::<8>();
    chunks.iter().all(|chunk| all(chunk)) && all(rest)
}

/// The canonical decimal digits of a u64 before a colon, and what follows it; canonical, so that equal numbers have equal keys.
fn leading_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if index == 1 && number == 0 => return None, // a leading zero
            b'0'..=b'9' if index < 19 => number = number * 10 + u64::from(byte - b'0'), // 19 digits always fit
            b'0'..=b'9' => number = number.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?,
            b':' if index > 0 => return Some((number, &text[index + 1..])),
            _ => return None,
        }
    }
    None
}

/// Canonical decimal digits of a u64.
fn number(text: &str) -> Option<u64> {
    let canonical =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

/// What `dedupe` found out about a record; it travels in front of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    None,
    /// Same (source, topic, partition, seq) seen earlier on this stream; the value has been emptied.
    Resend,
    /// A record equal in all bytes stands earlier in this log.
    RepeatOf(Offset),
}

/// A key as it is in the stream: a mark, and the key of the raw record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamKey<'a> {
    pub mark: Mark,
    pub raw: &'a [u8],
}

const RESEND: u8 = b'!';
const REPEAT: u8 = b'~';

impl<'a> StreamKey<'a> {
    /// Splits the mark from the raw key. Any bytes are a key.
    pub fn parse(key: &'a [u8]) -> Self {
        match key {
            [RESEND, raw @ ..] => Self { mark: Mark::Resend, raw },
            [REPEAT, rest @ ..] => {
                let end = rest.iter().position(|b| *b == REPEAT);
                let mark = end.and_then(|end| std::str::from_utf8(&rest[..end]).ok()).and_then(number);
                match (mark, end) {
                    (Some(offset), Some(end)) => Self { mark: Mark::RepeatOf(Offset(offset)), raw: &rest[end + 1..] },
                    (None, Some(0)) => Self { mark: Mark::None, raw: &rest[1..] },
                    _ => Self { mark: Mark::None, raw: key },
                }
            }
            raw => Self { mark: Mark::None, raw },
        }
    }

    /// Appends the key with its mark. An unmarked raw key that itself begins like a mark is escaped (`~~`).
    pub fn write(self, out: &mut Vec<u8>) {
        match self.mark {
            Mark::Resend => out.push(RESEND),
            Mark::RepeatOf(offset) => out.extend_from_slice(format!("~{}~", offset.0).as_bytes()),
            Mark::None if matches!(self.raw, [RESEND | REPEAT, ..]) => out.extend_from_slice(b"~~"),
            Mark::None => {}
        }
        append(self.raw, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn topics() -> impl Strategy<Value = Topic> {
        proptest::sample::select(&Topic::ALL[..])
    }

    proptest! {
        #[test]
        fn a_key_reads_back(
            marker in any::<bool>(), topic in topics(), partition in any::<u32>(), seq in any::<u64>(), read_ms in any::<u64>(),
            source in "[ -~]{1,64}",
        ) {
            let kind = if marker { Kind::Marker } else { Kind::Record };
            let key = RecordKey { kind, topic, partition: Partition(partition), seq: Seq(seq), read_ms, source: &source };
            let text = key.to_string();
            prop_assert_eq!(RecordKey::parse(text.as_bytes()), (source != FOREIGN).then_some(key));
        }

        #[test]
        fn a_mark_leads_back_to_the_raw_key(raw in "[!~r1:0-9]{0,12}", offset in any::<u64>(), which in 0..3u8) {
            let mark = [Mark::None, Mark::Resend, Mark::RepeatOf(Offset(offset))][usize::from(which)];
            let key = StreamKey { mark, raw: raw.as_bytes() };
            let mut bytes = Vec::new();
            key.write(&mut bytes);
            prop_assert_eq!(StreamKey::parse(&bytes), key);
        }

        #[test]
        fn any_bytes_are_a_key(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (StreamKey::parse(&bytes), RecordKey::parse(&bytes));
        }
    }

    #[test]
    fn keys_that_are_not_ours() {
        for text in [
            "",
            "r1:i:3:42:0",
            "r1:i:3:42:0:",
            "r2:i:3:42:0:a",
            "r1:x:3:42:0:a",
            "r1:i:-3:42:0:a",
            "r1:i:03:42:0:a",
            "r1:i:00:42:0:a",
            "r1:i::42:0:a",
            "r1:i:3:18446744073709551616:0:a",
            "r1:i:4294967296:42:0:a",
            "r1:ii:3:42:0:a",
            "m1i:3:42:0:a",
            "r1:i:3:42:0:foreign",
            "r1:i:3:42:0:a\n",
        ] {
            assert_eq!(RecordKey::parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
