//! Which events have been accepted: identity to content, in buckets of event time that can be dropped whole.

use std::collections::BTreeMap;

use adx_events::fingerprint::{Content, Identity};
use adx_events::verdict::Common;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use crate::state;

/// How an event stands to those accepted before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// Same event, same content.
    Duplicate,
    /// Same event, other content.
    Conflict,
}

/// Halves of the identity, and the content: three words, because a u128 would be padded to four.
type Entry = [u64; 3];

/// The accepted events of one topic.
#[derive(Debug)]
pub(crate) struct Identities {
    bucket_ms: i64,
    buckets: BTreeMap<i64, HashTable<Entry>>,
    hasher: DefaultHashBuilder,
}

impl Identities {
    /// Buckets of the given length: the day of semantics.md's identity, for bids the hour.
    pub(crate) fn new(bucket_ms: i64) -> Self {
        Self { bucket_ms, buckets: BTreeMap::new(), hasher: DefaultHashBuilder::default() }
    }

    /// Accepts an event if it is new, and says how it stands; the bytes are what was added.
    pub(crate) fn accept(&mut self, event: &Common) -> (Standing, u64) {
        let mut bytes = state::IDENTITY;
        let bucket = self.buckets.entry(event.at.bucket(self.bucket_ms)).or_insert_with(|| {
            bytes += state::IDENTITY_BUCKET;
            HashTable::new()
        });
        let entry = entry(event.identity, event.content);
        let hash_of = |e: &Entry| self.hasher.hash_one((e[0], e[1]));
        let hash = hash_of(&entry);
        match bucket.find(hash, |kept| kept[..2] == entry[..2]) {
            Some(kept) if kept[2] == entry[2] => (Standing::Duplicate, 0),
            Some(_) => (Standing::Conflict, 0),
            None => {
                bucket.insert_unique(hash, entry, hash_of);
                (Standing::New, bytes)
            }
        }
    }
}

fn entry(identity: Identity, content: Content) -> Entry {
    [identity.0 as u64, (identity.0 >> 64) as u64, content.0]
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use adx_events::fingerprint::UserHash;
    use adx_events::time::{DAY_MS, EventTime};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_one_map(events in proptest::collection::vec((0..6u8, 0..3u64, 0..3i64), 0..80)) {
            let (mut identities, mut model) = (Identities::new(DAY_MS), HashMap::new());
            let mut days = HashSet::new();
            for (id, content, day) in events {
                let at = EventTime::from_ms(EventTime::MIN.as_ms() + day * DAY_MS).unwrap();
                // As in semantics.md the day is part of the identity, here in its upper half.
                let identity = Identity(u128::from(id) | (day as u128) << 100);
                let event = Common { at, identity, content: Content(content), user: UserHash(0) };
                let expected = match model.get(&identity) {
                    None => Standing::New,
                    Some(kept) if *kept == content => Standing::Duplicate,
                    Some(_) => Standing::Conflict,
                };
                model.entry(identity).or_insert(content);
                let (standing, bytes) = identities.accept(&event);
                prop_assert_eq!(standing, expected);
                let first_of_day = days.insert(day) && standing == Standing::New;
                let (own, bucket) = (u64::from(standing == Standing::New), u64::from(first_of_day));
                prop_assert_eq!(bytes, own * state::IDENTITY + bucket * state::IDENTITY_BUCKET);
            }
        }
    }
}
