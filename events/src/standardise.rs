//! From a raw record to its verdict: what the standardise modules do, the same natively and in WASM.

use crate::RECORD_BYTES_MAX;
use crate::bid::BidDatum;
use crate::bytes::equal;
use crate::fingerprint::Fields;
use crate::impression::ImpressionLine;
use crate::key::{Kind, Mark, RecordKey, StreamKey};
use crate::marker::Marker;
use crate::offset::Offset;
use crate::reason::{Reason, Rejection, reject};
use crate::time::{EventTime, MINUTE_MS};
use crate::topic::Topic;
use crate::tracked::{CLICK, TrackedRow};
use crate::verdict::{Outcome, Verdict};

/// An event may lie this far after the time at which the edge read it (semantics.md, Time).
const FUTURE_MS_MAX: u64 = 5 * MINUTE_MS as u64;

/// What the settings say about single records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The one reporting currency; a record without one is in it.
    pub currency: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self { currency: "USD".to_owned() }
    }
}

/// A record of a raw topic as it is in the stream.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    pub offset: Offset,
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
}

/// A record whose key has been read.
#[derive(Debug, Clone, Copy)]
pub struct KnownRecord<'a> {
    pub offset: Offset,
    pub mark: Mark,
    /// None where the key is not ours.
    pub origin: Option<RecordKey<'a>>,
    pub value: &'a [u8],
}

/// Judges the records of one raw topic, one by one, without memory of earlier ones.
#[derive(Debug)]
pub struct Standardiser {
    topic: Topic,
    rules: Rules,
    fields: Fields,
}

impl Standardiser {
    pub fn new(topic: Topic, rules: Rules) -> Self {
        Self { topic, rules, fields: Fields::default() }
    }

    /// Hands the verdict on a record to `take`; exactly one call, whatever the bytes.
    pub fn judge<R>(&mut self, record: RawRecord<'_>, take: impl FnOnce(&Verdict<'_>) -> R) -> R {
        let key = StreamKey::parse(record.key.unwrap_or_default());
        let known = KnownRecord {
            offset: record.offset,
            mark: key.mark,
            origin: RecordKey::parse(key.raw),
            value: record.value,
        };
        self.judge_known(self.topic, known, take)
    }

    /// As [`Standardiser::judge`], where the key has been read already and the caller knows the topic when it is compiled.
    #[inline(always)]
    pub fn judge_known<R>(&mut self, topic: Topic, record: KnownRecord<'_>, take: impl FnOnce(&Verdict<'_>) -> R) -> R {
        let KnownRecord { offset, mark, origin, value: _ } = record;
        if mark == Mark::Resend {
            return take(&Verdict { offset, outcome: Outcome::Resend });
        }
        if origin.is_some_and(|o| o.kind == Kind::Marker) {
            return Self::judge_marker(topic, record, take);
        }
        if origin.is_none() && record.value.len() > RECORD_BYTES_MAX {
            return take(&rejected(offset, Rejection { reason: Reason::TooLarge, detail: "over 262,144 bytes" }));
        }
        let origin = Origin { topic: origin.map_or(topic, |o| o.topic), read_ms: origin.map_or(0, |o| o.read_ms) };
        match topic {
            Topic::Impressions => self.judge_impression(record, origin, take),
            Topic::Clicks => self.judge_tracked(record, origin, take),
            Topic::Bids => self.judge_bid(record, origin, take),
        }
    }

    fn judge_marker<R>(topic: Topic, record: KnownRecord<'_>, take: impl FnOnce(&Verdict<'_>) -> R) -> R {
        let unreadable = match topic {
            Topic::Impressions => Reason::BadJson,
            Topic::Clicks => Reason::BadRow,
            Topic::Bids => Reason::BadAvro,
        };
        let (reason, detail) = match (Marker::parse(record.value), std::str::from_utf8(record.value)) {
            (Some(marker), Ok(text)) => (marker.reason, text),
            (_, _) => (unreadable, "a marker that does not read"),
        };
        take(&Verdict { offset: record.offset, outcome: Outcome::Rejected { reason, detail } })
    }

    fn judge_impression<R>(
        &mut self,
        record: KnownRecord<'_>,
        origin: Origin,
        take: impl FnOnce(&Verdict<'_>) -> R,
    ) -> R {
        let line = match ImpressionLine::scan(record.value) {
            Ok(line) => line,
            Err(rejection) => return take(&rejected(record.offset, rejection)),
        };
        let checked =
            origin.check(Topic::Impressions).and_then(|()| line.check(&self.rules, origin.read_ms, &mut self.fields));
        take(&verdict(record.offset, checked.map(Outcome::Impression)))
    }

    fn judge_tracked<R>(&mut self, record: KnownRecord<'_>, origin: Origin, take: impl FnOnce(&Verdict<'_>) -> R) -> R {
        let row = match TrackedRow::parse(record.value) {
            Ok(row) => row,
            Err(rejection) => return take(&rejected(record.offset, rejection)),
        };
        let checked =
            origin.check(Topic::Clicks).and_then(|()| row.check(&self.rules, origin.read_ms, &mut self.fields));
        let outcome = checked.map(|e| if e.kind == CLICK { Outcome::Click(e) } else { Outcome::Conversion(e) });
        take(&verdict(record.offset, outcome))
    }

    fn judge_bid<R>(&mut self, record: KnownRecord<'_>, origin: Origin, take: impl FnOnce(&Verdict<'_>) -> R) -> R {
        let checked = BidDatum::read(record.value)
            .and_then(|bid| origin.check(Topic::Bids).map(|()| bid))
            .and_then(|bid| bid.check(&self.rules, origin.read_ms, &mut self.fields));
        take(&verdict(record.offset, checked.map(Outcome::Bid)))
    }
}

/// What the key says of a record; a foreign one is taken as meant for the topic it is in.
#[derive(Clone, Copy)]
struct Origin {
    topic: Topic,
    read_ms: u64,
}

impl Origin {
    fn check(self, topic: Topic) -> Result<(), Rejection> {
        if self.topic == topic { Ok(()) } else { reject(Reason::WrongTopic, "the key names another topic") }
    }
}

fn verdict(offset: Offset, outcome: Result<Outcome<'_>, Rejection>) -> Verdict<'_> {
    match outcome {
        Ok(outcome) => Verdict { offset, outcome },
        Err(rejection) => rejected(offset, rejection),
    }
}

fn rejected(offset: Offset, rejection: Rejection) -> Verdict<'static> {
    Verdict { offset, outcome: Outcome::Rejected { reason: rejection.reason, detail: rejection.detail } }
}

/// An absent currency is the reporting one; another is refused.
pub(crate) fn check_currency(currency: &str, rules: &Rules) -> Result<(), Rejection> {
    if currency.is_empty() || equal(currency.as_bytes(), rules.currency.as_bytes()) {
        Ok(())
    } else {
        reject(Reason::UnknownCurrency, "not the reporting currency")
    }
}

/// An event well after the time at which it was read is refused; a read time of 0 is unknown.
pub(crate) fn check_read_time(at: EventTime, read_ms: u64) -> Result<(), Rejection> {
    if read_ms > 0 && at.as_ms() as u64 > read_ms.saturating_add(FUTURE_MS_MAX) {
        reject(Reason::FutureTime, "more than 5 minutes after it was read")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINE: &str = r#"{"ad_creative_id":"c","user_id":"u","website":"w","timestamp":1772324400000}"#;

    fn judge(topic: Topic, key: &str, value: &[u8]) -> String {
        let mut standardiser = Standardiser::new(topic, Rules::default());
        let record = RawRecord { offset: Offset(7), key: Some(key.as_bytes()), value };
        standardiser.judge(record, |v| match v.outcome {
            Outcome::Rejected { reason, .. } => reason.to_string(),
            Outcome::Resend => "resend".to_owned(),
            Outcome::Impression(_) => "impression".to_owned(),
            Outcome::Click(_) => "click".to_owned(),
            Outcome::Conversion(_) => "conversion".to_owned(),
            Outcome::Bid(_) => "bid".to_owned(),
        })
    }

    #[test]
    fn the_first_reason_that_applies() {
        let table: [(Topic, &str, &[u8], &str); 12] = [
            (Topic::Impressions, "r1:i:0:0:0:s", LINE.as_bytes(), "impression"),
            (Topic::Impressions, "not ours", LINE.as_bytes(), "impression"),
            (Topic::Impressions, "!r1:i:0:0:0:s", b"", "resend"),
            (Topic::Impressions, "~3~r1:i:0:0:0:s", LINE.as_bytes(), "impression"),
            (Topic::Impressions, "r1:c:0:0:0:s", LINE.as_bytes(), "wrong_topic"),
            (Topic::Impressions, "r1:c:0:0:0:s", b"{", "bad_json"),
            (Topic::Impressions, "r1:c:0:0:0:s", b"{}", "wrong_topic"),
            (Topic::Impressions, "r1:i:0:0:1772324099999:s", LINE.as_bytes(), "future_time"),
            (Topic::Impressions, "r1:i:0:0:1772324100000:s", LINE.as_bytes(), "impression"),
            (Topic::Clicks, "m1:c:0:0:0:s", b"too_large 300000 00", "too_large"),
            (Topic::Clicks, "m1:c:0:0:0:s", b"nonsense", "bad_row"),
            (Topic::Clicks, "r1:c:0:0:0:s", b"1772324400000,u,c,click,,,,,", "click"),
        ];
        for (topic, key, value, expected) in table {
            assert_eq!(judge(topic, key, value), expected, "{key} {}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn only_foreign_records_are_measured_again() {
        let long = vec![b' '; RECORD_BYTES_MAX + 1];
        assert_eq!(judge(Topic::Impressions, "foreign", &long), "too_large");
        assert_eq!(judge(Topic::Impressions, "r1:i:0:0:0:s", &long), "bad_json");
    }

    proptest! {
        #[test]
        fn one_verdict_that_reads_back_for_any_bytes(
            topic in proptest::sample::select(&Topic::ALL[..]), key in "[!~rm1:icb0-9s]{0,16}", value in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut bytes = Vec::new();
            let record = RawRecord { offset: Offset(9), key: Some(key.as_bytes()), value: &value };
            Standardiser::new(topic, Rules::default()).judge(record, |v| v.write(&mut bytes));
            prop_assert_eq!(Verdict::read(&bytes).map(|v| v.offset), Some(Offset(9)));
        }
    }
}
