//! SmartModule `dedupe`, first in a chain: empties resends and marks repeats; one record out for each record in, in order.
//!
//! A resend has a (source, topic, partition, seq) that this stream has seen: it keeps its key, flagged, and loses its value. A record whose value
//! equals one of the last ones is marked with the earlier offset; the mark is a hint for people and other consumers, the sink decides for itself.
//! Parameter `remember`: how many values are remembered (default 65,536, at most 1,048,576).

mod recent;
mod sources;

use adx_events::key::{Mark, RecordKey, StreamKey};
use adx_events::sequence::Seen;
use adx_smartmodule_abi::{Output, Params, Record, Transform};

use crate::recent::Recent;
use crate::sources::Sources;

/// The module's transform.
#[derive(Debug, Default)]
pub struct Dedupe {
    sources: Sources,
    recent: Recent,
    /// Records below have been handled: the server may run a batch twice.
    next_offset: i64,
    key: Vec<u8>,
}

impl Dedupe {
    fn mark(&mut self, record: &Record<'_>) -> Mark {
        if record.offset < self.next_offset {
            return Mark::None;
        }
        self.next_offset = record.offset.saturating_add(1);
        let origin = record.key.and_then(RecordKey::parse);
        if origin.is_some_and(|origin| self.sources.note(&origin) == Seen::Again) {
            return Mark::Resend;
        }
        self.recent.note(record.value, record.offset as u64).map_or(Mark::None, Mark::RepeatOf)
    }
}

impl Transform for Dedupe {
    fn init(&mut self, params: &Params) {
        if let Some(remember) = params.get("remember").and_then(|text| text.parse().ok()) {
            self.recent = Recent::new(remember);
        }
    }

    fn record(&mut self, record: &Record<'_>, out: &mut Output) {
        let mark = self.mark(record);
        let value = if mark == Mark::Resend { &[] } else { record.value };
        self.key.clear();
        StreamKey { mark, raw: record.key.unwrap_or_default() }.write(&mut self.key);
        let key = (record.key.is_some() || mark != Mark::None).then_some(self.key.as_slice());
        out.emit(key, value);
    }
}

adx_smartmodule_abi::export!(map, Dedupe);

#[cfg(test)]
mod tests {
    use super::*;
    use adx_events::key::Kind;
    use adx_events::offset::{Offset, Partition, Seq};
    use adx_events::topic::Topic;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn key(source: &str, seq: u64) -> String {
        RecordKey {
            kind: Kind::Record,
            topic: Topic::Clicks,
            partition: Partition(0),
            seq: Seq(seq),
            read_ms: 0,
            source,
        }
        .to_string()
    }

    fn mark_of(dedupe: &mut Dedupe, offset: i64, key: &str, value: &str) -> Mark {
        dedupe.mark(&Record { offset, timestamp: 0, key: Some(key.as_bytes()), value: value.as_bytes() })
    }

    proptest! {
        #[test]
        fn resends_are_those_of_a_set_and_repeats_point_back(records in proptest::collection::vec((0..3u8, 0..12u64, 0..4u8), 0..120)) {
            let (mut dedupe, mut seen, mut values) = (Dedupe::default(), BTreeSet::new(), Vec::new());
            for (offset, (source, seq, value)) in records.into_iter().enumerate() {
                let mark = mark_of(&mut dedupe, offset as i64, &key(&format!("s{source}"), seq), &value.to_string());
                if !seen.insert((source, seq)) {
                    prop_assert_eq!(mark, Mark::Resend);
                } else {
                    match mark {
                        Mark::RepeatOf(Offset(earlier)) => prop_assert!(values.contains(&(earlier as usize, value))),
                        mark => {
                            prop_assert_eq!(mark, Mark::None);
                            prop_assert!(values.iter().all(|(_, v)| *v != value));
                        }
                    }
                    values.push((offset, value));
                }
            }
        }
    }

    #[test]
    fn a_batch_run_twice_changes_nothing() {
        let mut dedupe = Dedupe::default();
        assert_eq!(mark_of(&mut dedupe, 0, &key("s", 0), "a"), Mark::None);
        assert_eq!(mark_of(&mut dedupe, 0, &key("s", 0), "a"), Mark::None);
        assert_eq!(mark_of(&mut dedupe, 1, &key("s", 0), "a"), Mark::Resend);
        assert_eq!(mark_of(&mut dedupe, 2, &key("s", 1), "a"), Mark::RepeatOf(Offset(0)));
    }
}
