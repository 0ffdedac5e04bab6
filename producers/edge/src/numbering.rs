//! Chooses each record's partition and numbers it within it (semantics.md, Numbering).

use std::io::Write as _;

use adx_events::fingerprint::UserHash;
use adx_events::key::{Kind, RecordKey};
use adx_events::offset::{Partition, PartitionCount, Seq};
use adx_events::topic::Topic;

use crate::record::{Body, Event};
use crate::source::SourceName;

/// When a batch read its records is no part of their results: unknown.
const READ_MS_UNKNOWN: u64 = 0;

/// A record ready to be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered<'a> {
    pub partition: Partition,
    pub key: &'a [u8],
    pub value: &'a [u8],
}

/// Numbers the records of one source in one topic, densely per partition, from 0.
#[derive(Debug)]
pub struct Numbering {
    source: SourceName,
    topic: Topic,
    partitions: PartitionCount,
    lanes: Vec<Lane>,
    /// Ordinal of the next record in its source.
    position: u64,
    /// Texts of the record numbered last.
    key: Vec<u8>,
    marker: Vec<u8>,
}

/// A partition's next number, and what stands around it in the keys of its records.
#[derive(Debug)]
struct Lane {
    next: u64,
    before: String,
    after: String,
}

impl Numbering {
    pub fn new(source: SourceName, topic: Topic, partitions: PartitionCount) -> Self {
        let lanes = partitions.partitions().map(|partition| Lane::new(topic, partition, &source)).collect();
        Self { source, topic, partitions, lanes, position: 0, key: Vec::new(), marker: Vec::new() }
    }

    /// The next record of the source.
    pub fn number<'a>(&'a mut self, event: &Event<'a>) -> Numbered<'a> {
        let user = event.user.unwrap_or_else(|| UserHash::of(format!("{}:{}", self.source, self.position).as_bytes()));
        self.position += 1;
        let partition = user.partition(self.partitions);
        let lane = &mut self.lanes[partition.0 as usize];
        let seq = Seq(lane.next);
        lane.next += 1;
        match &event.body {
            Body::Record(value) => Numbered { partition, key: lane.write_key(seq, &mut self.key), value },
            Body::Marker(marker) => {
                let key = key(Kind::Marker, self.topic, partition, seq, &self.source);
                Numbered { partition, key: rewrite(&mut self.key, &key), value: rewrite(&mut self.marker, marker) }
            }
        }
    }
}

impl Lane {
    fn new(topic: Topic, partition: Partition, source: &SourceName) -> Self {
        // No number before this one in a key is so long.
        let text = key(Kind::Record, topic, partition, Seq(u64::MAX), source).to_string();
        let (before, after) = text.split_once(&u64::MAX.to_string()).unwrap_or_default();
        Self { next: 0, before: before.to_owned(), after: after.to_owned() }
    }

    /// The key of a record: what its Display writes, in a tenth of the time.
    fn write_key<'a>(&self, seq: Seq, room: &'a mut Vec<u8>) -> &'a [u8] {
        room.clear();
        room.extend_from_slice(self.before.as_bytes());
        room.extend_from_slice(itoa::Buffer::new().format(seq.0).as_bytes());
        room.extend_from_slice(self.after.as_bytes());
        room
    }
}

fn key<'a>(kind: Kind, topic: Topic, partition: Partition, seq: Seq, source: &'a SourceName) -> RecordKey<'a> {
    RecordKey { kind, topic, partition, seq, read_ms: READ_MS_UNKNOWN, source: source.as_str() }
}

/// The text in place of the one before.
fn rewrite<'a>(room: &'a mut Vec<u8>, text: &impl std::fmt::Display) -> &'a [u8] {
    room.clear();
    let _ = write!(room, "{text}"); // memory takes every byte
    room
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
                let key = RecordKey::parse(numbered.key).unwrap();
                let text = key.to_string();
                prop_assert_eq!(numbered.key, text.as_bytes());
                prop_assert_eq!((key.partition, numbered.partition), (known.partition(count), known.partition(count)));
                prop_assert_eq!((key.seq, key.source, key.read_ms), (Seq(next[key.partition.0 as usize]), "e/clicks/x", 0));
                prop_assert_eq!(key.kind == Kind::Record, numbered.value == b"row");
                next[key.partition.0 as usize] += 1;
            }
        }
    }
}
