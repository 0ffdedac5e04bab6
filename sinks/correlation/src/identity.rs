//! Which events have been accepted: identity to content, in buckets of event time that can be dropped whole.

use adx_events::fingerprint::{Content, Identity};
use adx_events::time::{EventTime, Millis};
use adx_events::verdict::Common;

use crate::buckets::Buckets;
use crate::packed::{Entry, PackedTable, mix};
use crate::state;

/// How an event stands to those accepted before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    New,
    /// Same event, same content.
    Duplicate,
    /// Same event, other content.
    Conflict,
}

/// Halves of the identity, and the content: three words, because a u128 would be padded to four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Accepted {
    identity: [u64; 2],
    content: u64,
}

impl Entry for Accepted {
    const VACANT: Self = Self { identity: [0; 2], content: 0 };

    fn is_vacant(&self) -> bool {
        self.identity == [0; 2]
    }

    fn hash(&self, seed: u64) -> u64 {
        mix(self.identity[0], self.identity[1], seed)
    }
}

impl Accepted {
    fn new(identity: Identity, content: Content) -> Self {
        let (low, high) = (identity.0 as u64, (identity.0 >> 64) as u64);
        // Of 2^128 identities two are held to be one, since all zeros are a vacancy.
        let low = if low | high == 0 { 1 } else { low };
        Self { identity: [low, high], content: content.0 }
    }
}

/// The accepted events of one topic.
#[derive(Debug)]
pub struct Identities {
    bucket: Millis,
    buckets: Buckets<PackedTable<Accepted>>,
    seed: u64,
}

impl Identities {
    /// Buckets of the given length: the day of semantics.md's identity, for bids the hour.
    pub fn new(bucket: Millis, seed: u64) -> Self {
        Self { bucket, buckets: Buckets::default(), seed }
    }

    /// Accepts an event if it is new, and says how it stands; the bytes are what was added.
    pub fn accept(&mut self, event: &Common) -> (Standing, u64) {
        let (table, made) = self.buckets.get_or_make(event.at.bucket(self.bucket.0), || PackedTable::new(self.seed));
        let entry = Accepted::new(event.identity, event.content);
        let place = table.place(&entry);
        let kept = table.at(place).find(|kept| kept.identity == entry.identity).copied();
        match kept {
            Some(kept) if kept.content == entry.content => (Standing::Duplicate, 0),
            Some(_) => (Standing::Conflict, 0),
            None => {
                table.insert(place, entry);
                (Standing::New, state::IDENTITY + if made { state::TABLE } else { 0 })
            }
        }
    }

    /// Reads where an event's identity has its home.
    pub fn warm(&self, event: &Common) {
        if let Some(table) = self.buckets.get(event.at.bucket(self.bucket.0)) {
            table.warm(&Accepted::new(event.identity, event.content));
        }
    }

    /// Forgets the events of the days (or hours) that end by a time; gives the bytes set free.
    pub fn drop_before(&mut self, at: EventTime) -> u64 {
        let dropped = self.buckets.take_below(at.bucket(self.bucket.0));
        dropped.map(|table| state::TABLE + table.len() as u64 * state::IDENTITY).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use adx_events::fingerprint::UserHash;
    use adx_events::time::DAY_MS;
    use proptest::prelude::*;

    use super::*;

    fn at(day: i64) -> EventTime {
        EventTime::from_ms(EventTime::MIN.as_ms() + day * DAY_MS).unwrap()
    }

    proptest! {
        #[test]
        fn agrees_with_one_map(events in proptest::collection::vec((0..6u8, 0..3u64, 0..3i64, 0..40u8), 0..80)) {
            let (mut identities, mut model) = (Identities::new(Millis(DAY_MS), 5), HashMap::new());
            let (mut days, mut held) = (HashSet::new(), 0);
            for (id, content, day, dropped) in events {
                if dropped == 0 {
                    held -= identities.drop_before(at(day));
                    model.retain(|(_, d), _| *d >= day);
                    days.retain(|d| *d >= day);
                }
                // As in semantics.md the day is part of the identity, here in its upper half.
                let identity = Identity(u128::from(id) | (day as u128) << 100);
                let event = Common { at: at(day), identity, content: Content(content), user: UserHash(0) };
                // Of identities that are all zeros and that are one alone, one is kept.
                let expected = match model.get(&(id.max(u8::from(day == 0)), day)) {
                    None => Standing::New,
                    Some(kept) if *kept == content => Standing::Duplicate,
                    Some(_) => Standing::Conflict,
                };
                model.entry((id.max(u8::from(day == 0)), day)).or_insert(content);
                let (standing, bytes) = identities.accept(&event);
                prop_assert_eq!(standing, expected);
                let first_of_day = days.insert(day) && standing == Standing::New;
                let (own, bucket) = (u64::from(standing == Standing::New), u64::from(first_of_day));
                prop_assert_eq!(bytes, own * state::IDENTITY + bucket * state::TABLE);
                held += bytes;
            }
            prop_assert_eq!(identities.drop_before(at(9)), held);
        }
    }
}
