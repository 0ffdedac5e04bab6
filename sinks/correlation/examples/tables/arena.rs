//! One entry an impression in an arena a day, found by two tables of 32-bit indices; each knows the one before of its user and campaign.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use adx_correlation::CampaignIndex;
use adx_correlation::journey::{JourneyKey, Name};
use adx_events::time::{DAY_MS, MINUTE_MS};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::layout::Layout;
use super::traffic::View;

/// Entries of one allocation, so that growing moves none.
const PIECE: usize = 1 << 14;

struct Entry {
    identity: [u64; 2],
    content: u64,
    user: u64,
    own: Name,
    campaign: CampaignIndex,
    /// From midnight.
    ms: u32,
    before: Option<std::num::NonZeroU32>,
}

const _: () = assert!(size_of::<Entry>() == 56);

#[derive(Default)]
struct Entries {
    pieces: Vec<Vec<Entry>>,
    len: u32,
}

#[derive(Default)]
struct Day {
    entries: Entries,
    /// Numbers of entries, from 1.
    by_identity: HashTable<u32>,
    /// Of the last of each user and campaign.
    by_journey: HashTable<u32>,
}

impl Entries {
    fn get(&self, number: u32) -> &Entry {
        let index = number as usize - 1;
        &self.pieces[index / PIECE][index % PIECE]
    }

    fn push(&mut self, entry: Entry) -> u32 {
        if (self.len as usize).is_multiple_of(PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        self.pieces[self.len as usize / PIECE].push(entry);
        self.len += 1;
        self.len
    }
}

impl Entry {
    fn journey(&self) -> (u64, CampaignIndex) {
        (self.user, self.campaign)
    }
}

impl Day {
    fn last_of(&self, key: JourneyKey, hash: u64) -> Option<u32> {
        let is_of = |number: &u32| self.entries.get(*number).journey() == (key.user.0, key.campaign);
        self.by_journey.find(hash, is_of).copied()
    }

    fn chain(&self, last: Option<u32>) -> impl Iterator<Item = &Entry> {
        let mut next = last;
        std::iter::from_fn(move || {
            let entry = self.entries.get(next?);
            next = entry.before.map(|number| number.get());
            Some(entry)
        })
    }
}

/// Arenas by day.
pub struct Arena {
    days: BTreeMap<i64, Day>,
    hasher: DefaultHashBuilder,
    users: u64,
    conflicts: u64,
}

impl Layout for Arena {
    fn new() -> Self {
        Self { days: BTreeMap::new(), hasher: DefaultHashBuilder::default(), users: 0, conflicts: 0 }
    }

    fn warm(&self, _: &View) {}

    fn insert(&mut self, view: &View) {
        let (key, id, hasher) = (view.key, view.common.identity.0, &self.hasher);
        let (identity, ms) = ([id as u64, (id >> 64) as u64], view.touch.at.as_ms().rem_euclid(DAY_MS) as u32);
        let day = self.days.entry(view.touch.at.bucket(DAY_MS)).or_default();
        let hash = hasher.hash_one(identity);
        let known = day.by_identity.find(hash, |number| day.entries.get(*number).identity == identity);
        if let Some(known) = known {
            self.conflicts += u64::from(day.entries.get(*known).content != view.common.content.0);
            return;
        }
        let journey_hash = hasher.hash_one((key.user.0, key.campaign));
        let last = day.last_of(key, journey_hash);
        let minute = |ms: u32| i64::from(ms) / MINUTE_MS;
        self.users += u64::from(day.chain(last).all(|entry| minute(entry.ms) != minute(ms)));
        let before = last.and_then(std::num::NonZeroU32::new);
        let (content, user, own, campaign) = (view.common.content.0, key.user.0, view.touch.own, key.campaign);
        let number = day.entries.push(Entry { identity, content, user, own, campaign, ms, before });
        let Day { entries, by_identity, by_journey } = day;
        by_identity.insert_unique(hash, number, |n| hasher.hash_one(entries.get(*n).identity));
        match last {
            None => {
                by_journey.insert_unique(journey_hash, number, |n| hasher.hash_one(entries.get(*n).journey()));
            }
            Some(last) => {
                if let Some(kept) = by_journey.find_mut(journey_hash, |n| *n == last) {
                    *kept = number;
                }
            }
        }
    }

    fn look_up(&self, view: &View) -> u64 {
        let (to, hash) = (view.touch.at.as_ms(), self.hasher.hash_one((view.key.user.0, view.key.campaign)));
        let days = self.days.range(view.touch.at.bucket(DAY_MS) - 1..=view.touch.at.bucket(DAY_MS));
        let in_reach = |day: i64, entry: &Entry| (to - DAY_MS..=to).contains(&(day * DAY_MS + i64::from(entry.ms)));
        days.map(|(n, day)| {
            day.chain(day.last_of(view.key, hash)).filter(|e| in_reach(*n, e) && !e.own.is_absent()).count() as u64
        })
        .sum()
    }

    fn drop_first_day(&mut self) -> bool {
        self.days.pop_first().is_some()
    }
}
