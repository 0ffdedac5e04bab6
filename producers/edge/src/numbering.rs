//! Chooses each record's partition and numbers it within it (semantics.md, Numbering).

use adx_events::fingerprint::UserHash;
use adx_events::key::{Kind, RecordKey};
use adx_events::offset::{Partition, PartitionCount, Seq};
use adx_events::topic::Topic;

use crate::record::{Body, Event};
use crate::source::SourceName;

/// When a batch read its records is no part of their results: unknown.
const READ_MS_UNKNOWN: u64 = 0;

/// A record ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    pub partition: Partition,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// Numbers the records of one source in one topic, densely per partition, from 0.
#[derive(Debug)]
pub struct Numbering {
    source: SourceName,
    topic: Topic,
    partitions: PartitionCount,
    next: Vec<u64>,
    /// Ordinal of the next record in its source.
    position: u64,
}

impl Numbering {
    pub fn new(source: SourceName, topic: Topic, partitions: PartitionCount) -> Self {
        Self { source, topic, partitions, next: vec![0; partitions.get() as usize], position: 0 }
    }

    /// The next record of the source.
    pub fn number(&mut self, event: &Event<'_>) -> Numbered {
        let user = event.user.unwrap_or_else(|| UserHash::of(format!("{}:{}", self.source, self.position).as_bytes()));
        self.position += 1;
        let partition = user.partition(self.partitions);
        let next = &mut self.next[partition.0 as usize];
        let seq = Seq(*next);
        *next += 1;
        let (kind, value) = match event.body {
            Body::Record(bytes) => (Kind::Record, bytes.to_vec()),
            Body::Marker(marker) => (Kind::Marker, marker.to_string().into_bytes()),
        };
        let source = self.source.as_str();
        let key = RecordKey { kind, topic: self.topic, partition, seq, read_ms: READ_MS_UNKNOWN, source };
        Numbered { partition, key: key.to_string().into_bytes(), value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::EdgeId;
    use adx_events::marker::Marker;
    use adx_events::reason::Reason;
    use proptest::prelude::*;
    use std::path::Path;

    proptest! {
        #[test]
        fn dense_per_partition_and_where_the_user_belongs(users in proptest::collection::vec(proptest::option::of("[a-f]"), 0..60), count in 1..5u32) {
            let count = PartitionCount::new(count).unwrap();
            let source = SourceName::of_file(&EdgeId::new("e").unwrap(), Path::new("clicks/x"));
            let mut numbering = Numbering::new(source, Topic::Clicks, count);
            let mut next = vec![0; count.get() as usize];
            for (position, user) in users.iter().enumerate() {
                let body = match user {
                    Some(_) => Body::Record(b"row"),
                    None => Body::Marker(Marker::of(Reason::BadRow, b"", 0)),
                };
                let user = user.as_ref().map(|user| UserHash::of(user.as_bytes()));
                let numbered = numbering.number(&Event { user, body });
                let known = user.unwrap_or(UserHash::of(format!("e/clicks/x:{position}").as_bytes()));
                let key = RecordKey::parse(&numbered.key).unwrap();
                prop_assert_eq!((key.partition, numbered.partition), (known.partition(count), known.partition(count)));
                prop_assert_eq!((key.seq, key.source, key.read_ms), (Seq(next[key.partition.0 as usize]), "e/clicks/x", 0));
                prop_assert_eq!(key.kind == Kind::Record, numbered.value == b"row");
                next[key.partition.0 as usize] += 1;
            }
        }
    }
}
