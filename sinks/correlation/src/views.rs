//! Accepted impressions as touches of their user in their campaign, in buckets of event time that can be dropped whole; and which windows a user is new in.
//!
//! Most users have a few impressions in a campaign and bucket: those stand in one packed table. What a user has past that is kept apart, so that no number of
//! impressions of one user makes the next one dearer.

use adx_events::fingerprint::UserHash;
use adx_events::time::{DAY_MS, EventTime, HOUR_MS, Millis, WindowStart};
use hashbrown::{HashMap, HashSet};

use crate::buckets::Buckets;
use crate::catalogue::CampaignIndex;
use crate::journey::{JourneyKey, Name};
use crate::packed::{Entry, PackedTable, mix};
use crate::state;

/// Length of a bucket: an attribution of a day looks into five, and a bucket outlives its last touch by a small part of what it is kept for.
const BUCKET_MS: i64 = 6 * HOUR_MS;
/// Milliseconds within a bucket fit 32 bits.
const BUCKET_MS_MAX: i64 = 45 * DAY_MS;

/// Touches of one user in one campaign and bucket that stand in the table.
const IN_TABLE_MAX: usize = 16;

/// An impression as a possible touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    pub at: EventTime,
    pub own: Name,
}

/// A touch as it is kept: 24 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct View {
    user: u64,
    own: Name,
    campaign: CampaignIndex,
    /// From the start of the bucket.
    ms: u32,
}

const _: () = assert!(size_of::<View>() == 24);

impl Entry for View {
    const VACANT: Self = Self { user: 0, own: Name::ABSENT, campaign: CampaignIndex::UNMAPPED, ms: u32::MAX };

    fn is_vacant(&self) -> bool {
        self.ms == u32::MAX
    }

    fn hash(&self, seed: u64) -> u64 {
        mix(self.user, self.campaign.number().into(), seed)
    }
}

/// The touches of one bucket.
#[derive(Debug)]
struct Bucket {
    start_ms: i64,
    table: PackedTable<View>,
    rest: HashMap<JourneyKey, Rest>,
    /// Bytes paid for.
    bytes: u64,
}

/// What one user has in one campaign and bucket beyond the table.
#[derive(Debug, Default)]
struct Rest {
    touches: Vec<Touch>,
    windows: HashSet<WindowStart>,
}

/// The touches of all users.
#[derive(Debug)]
pub struct Views {
    bucket: Millis,
    window: Millis,
    buckets: Buckets<Bucket>,
    seed: u64,
}

impl Views {
    /// For users counted in windows of that width, above zero.
    pub fn new(window: Millis, seed: u64) -> Self {
        // A wide window in a wide bucket, so that few buckets are looked into; narrower ones need not fit either.
        let bucket = Millis(window.0.clamp(BUCKET_MS, BUCKET_MS_MAX));
        Self { bucket, window, buckets: Buckets::default(), seed }
    }

    /// Adds an impression: true where its user is new in its window and campaign, and the bytes added.
    pub fn add(&mut self, key: JourneyKey, touch: Touch) -> (bool, u64) {
        let (number, window) = (touch.at.bucket(self.bucket.0), touch.at.floor_to(self.window));
        let new_elsewhere = self.is_new_in_others(number, key, window);
        let (width, start_ms, seed) = (self.window, number * self.bucket.0, self.seed);
        let (bucket, made) = self.buckets.get_or_make(number, || Bucket::new(start_ms, seed));
        let (new, bytes) = bucket.add(key, touch, width);
        let bytes = bytes + if made { state::TABLE } else { 0 };
        bucket.bytes += bytes;
        (new && new_elsewhere, bytes)
    }

    /// Reads where the impressions of a user and campaign at about a time have their home.
    pub fn warm(&self, key: JourneyKey, at: EventTime) {
        if let Some(bucket) = self.buckets.get(at.bucket(self.bucket.0)) {
            bucket.table.warm(&View::sought(key));
        }
    }

    /// Gives the touches of a user in a campaign, in no order; of those from one instant to another all, and it may be more.
    pub fn each(&self, key: JourneyKey, from_ms: i64, to_ms: i64, give: impl FnMut(Touch)) {
        let (first, last) = (from_ms.div_euclid(self.bucket.0), to_ms.div_euclid(self.bucket.0));
        self.buckets.range(first, last).flat_map(|bucket| bucket.touches(key)).for_each(give);
    }

    /// Forgets the buckets that end by a time; gives the bytes set free.
    pub fn drop_before(&mut self, at: EventTime) -> u64 {
        self.buckets.take_below(at.bucket(self.bucket.0)).map(|bucket| bucket.bytes).sum()
    }

    /// Whether the part of a window that lies in other buckets than this has no impression of the user.
    fn is_new_in_others(&self, own: i64, key: JourneyKey, window: WindowStart) -> bool {
        let (from_ms, to_ms) = (window.as_ms(), window.as_ms() + self.window.0 - 1);
        let (first, last) = (from_ms.div_euclid(self.bucket.0), to_ms.div_euclid(self.bucket.0));
        if first == last {
            return true;
        }
        let mut others = self.buckets.range(first, last).filter(|bucket| bucket.start_ms != own * self.bucket.0);
        others.all(|bucket| !bucket.has_touch_in(key, window, self.window))
    }
}

impl Bucket {
    fn new(start_ms: i64, seed: u64) -> Self {
        Self { start_ms, table: PackedTable::new(seed), rest: HashMap::new(), bytes: 0 }
    }

    fn add(&mut self, key: JourneyKey, touch: Touch, width: Millis) -> (bool, u64) {
        let window = touch.at.floor_to(width);
        let entry = View {
            user: key.user.0,
            own: touch.own,
            campaign: key.campaign,
            ms: (touch.at.as_ms() - self.start_ms) as u32,
        };
        let place = self.table.place(&entry);
        let (mut count, mut new) = (0, true);
        for kept in self.table.at(place).filter(|kept| kept.is_of(key)) {
            count += 1;
            new &= kept.touch(self.start_ms).at.floor_to(width) != window;
        }
        if count < IN_TABLE_MAX {
            self.table.insert(place, entry);
            return (new, state::VIEW);
        }
        let rest = self.rest.entry(key).or_default();
        let bytes = state::VIEW_BEYOND + if rest.touches.is_empty() { state::VIEWS_BEYOND } else { 0 };
        rest.touches.push(touch);
        (rest.windows.insert(window) && new, bytes)
    }

    fn touches(&self, key: JourneyKey) -> impl Iterator<Item = Touch> {
        let in_table = self.table.at(self.table.place(&View::sought(key))).filter(move |view| view.is_of(key));
        let rest = if self.rest.is_empty() { None } else { self.rest.get(&key) };
        in_table
            .map(|view| view.touch(self.start_ms))
            .chain(rest.into_iter().flat_map(|rest| rest.touches.iter().copied()))
    }

    fn has_touch_in(&self, key: JourneyKey, window: WindowStart, width: Millis) -> bool {
        self.touches(key).any(|touch| touch.at.floor_to(width) == window)
    }
}

impl View {
    /// Any view of the key has its hash.
    fn sought(key: JourneyKey) -> Self {
        Self { user: key.user.0, campaign: key.campaign, ..Self::VACANT }
    }

    fn is_of(&self, key: JourneyKey) -> bool {
        UserHash(self.user) == key.user && self.campaign == key.campaign
    }

    fn touch(&self, bucket_start_ms: i64) -> Touch {
        // Made of an event time, so that it is one.
        let at = EventTime::from_ms(bucket_start_ms + i64::from(self.ms)).unwrap_or(EventTime::MIN);
        Touch { at, own: self.own }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> EventTime {
        EventTime::from_ms(20_000 * DAY_MS + ms).unwrap()
    }

    fn key(user: u64, campaign: u32) -> JourneyKey {
        JourneyKey { user: UserHash(user), campaign: CampaignIndex::of_test(campaign) }
    }

    /// Milliseconds about the edges of buckets and windows.
    fn moments() -> impl Strategy<Value = i64> {
        (0..4i64, -3..3i64, 0..2i64).prop_map(|(bucket, window, ms)| (bucket * BUCKET_MS + window * 7_000 - ms).max(0))
    }

    proptest! {
        #[test]
        fn agree_with_a_list(
            arrivals in proptest::collection::vec((0..2u64, 0..2u32, moments(), 0..3u8), 0..160),
            width in prop_oneof![Just(60_000), Just(7_000), Just(DAY_MS), Just(60 * DAY_MS)],
            dropped in 0..5i64,
        ) {
            let (mut views, width) = (Views::new(Millis(width), 11), Millis(width));
            let (mut model, mut windows, mut held) = (Vec::new(), BTreeSet::new(), 0);
            for (user, campaign, ms, own) in arrivals {
                let touch = Touch { at: at(ms), own: Name::of(["", "a", "b"][usize::from(own)]) };
                let (new, bytes) = views.add(key(user, campaign), touch);
                prop_assert_eq!(new, windows.insert((user, campaign, touch.at.floor_to(width))));
                model.push((user, campaign, touch));
                held += bytes;
            }
            let freed = views.drop_before(at(dropped * BUCKET_MS));
            let kept_from = if views.bucket.0 == BUCKET_MS { at(dropped * BUCKET_MS) } else { EventTime::from_ms(at(dropped * BUCKET_MS).bucket(views.bucket.0) * views.bucket.0).unwrap() };
            model.retain(|(_, _, touch)| touch.at >= kept_from);
            for (user, campaign) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)] {
                let sorted = |mut touches: Vec<Touch>| { touches.sort_by_key(|t| (t.at, t.own)); touches };
                let mut found = Vec::new();
                views.each(key(user, campaign), at(0).as_ms(), at(9 * BUCKET_MS).as_ms(), |touch| found.push(touch));
                let plain = model.iter().filter(|(u, c, _)| (*u, *c) == (user, campaign)).map(|(_, _, touch)| *touch).collect();
                prop_assert_eq!(sorted(found), sorted(plain));
            }
            prop_assert_eq!(freed + views.drop_before(at(99 * DAY_MS)), held);
        }
    }

    #[test]
    fn many_impressions_of_one_user_cost_no_more_than_few() {
        let mut views = Views::new(Millis(60_000), 1);
        let new = (0..100_000).filter(|n| views.add(key(1, 1), Touch { at: at(n * 100), own: Name::ABSENT }).0).count();
        assert_eq!(new, 100_000 * 100 / 60_000 + 1);
        let mut count = 0;
        views.each(key(1, 1), at(0).as_ms(), at(DAY_MS).as_ms(), |_| count += 1);
        assert_eq!(count, 100_000);
    }
}
