//! Tells resends and repeats on one stream, in bounded memory: the logic of the module `dedupe`, which the standardise modules link too.

mod recent;
mod sources;

use adx_events::key::{Mark, RecordKey};
use adx_events::sequence::Seen;
use adx_smartmodule_abi::{Params, Record};

use crate::recent::Recent;
use crate::sources::Sources;

/// What a stream has seen.
#[derive(Debug, Default)]
pub struct Marks {
    sources: Sources,
    recent: Recent,
    /// Records below have been handled: the server may run a batch twice.
    next_offset: i64,
}

impl Marks {
    /// Nothing seen; of the parameters, `remember` says how many values are remembered.
    pub fn of(params: &Params) -> Self {
        match params.get("remember").and_then(|text| text.parse().ok()) {
            Some(remember) => Self { recent: Recent::new(remember), ..Self::default() },
            None => Self::default(),
        }
    }

    /// Takes note of the stream's next record, whose key has been read.
    pub fn mark(&mut self, record: &Record<'_>, origin: Option<&RecordKey<'_>>) -> Mark {
        if record.offset < self.next_offset {
            return Mark::None;
        }
        self.next_offset = record.offset.saturating_add(1);
        if origin.is_some_and(|origin| self.sources.note(origin) == Seen::Again) {
            return Mark::Resend;
        }
        self.recent.note(record.value, record.offset as u64).map_or(Mark::None, Mark::RepeatOf)
    }
}

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

    fn mark_of(marks: &mut Marks, offset: i64, key: &str, value: &str) -> Mark {
        let record = Record { offset, timestamp: 0, key: Some(key.as_bytes()), value: value.as_bytes() };
        marks.mark(&record, RecordKey::parse(key.as_bytes()).as_ref())
    }

    proptest! {
        #[test]
        fn resends_are_those_of_a_set_and_repeats_point_back(records in proptest::collection::vec((0..3u8, 0..12u64, 0..4u8), 0..120)) {
            let (mut marks, mut seen, mut values) = (Marks::default(), BTreeSet::new(), Vec::new());
            for (offset, (source, seq, value)) in records.into_iter().enumerate() {
                let mark = mark_of(&mut marks, offset as i64, &key(&format!("s{source}"), seq), &value.to_string());
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
        let mut marks = Marks::default();
        assert_eq!(mark_of(&mut marks, 0, &key("s", 0), "a"), Mark::None);
        assert_eq!(mark_of(&mut marks, 0, &key("s", 0), "a"), Mark::None);
        assert_eq!(mark_of(&mut marks, 1, &key("s", 0), "a"), Mark::Resend);
        assert_eq!(mark_of(&mut marks, 2, &key("s", 1), "a"), Mark::RepeatOf(Offset(0)));
    }
}
