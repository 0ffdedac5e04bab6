//! Random impressions in the order of their event times, but for some disorder; any of them can be made again from its number.

use adx_correlation::journey::{JourneyKey, Name};
use adx_correlation::views::Touch;
use adx_correlation::{CampaignIndex, Catalogue};
use adx_events::fingerprint::{Content, Identity, UserHash};
use adx_events::time::{DAY_MS, EventTime, HOUR_MS};
use adx_events::verdict::Common;

pub const HOURS: i64 = 50;
const START_MS: i64 = 20_000 * DAY_MS;
const DISORDER_MS: u64 = 20_000;
const IMPRESSIONS_PER_USER: u64 = 10;
const CAMPAIGNS: u64 = 50;

/// An impression as the tables see it.
#[derive(Debug, Clone, Copy)]
pub struct View {
    pub common: Common,
    pub key: JourneyKey,
    pub touch: Touch,
}

pub struct Traffic {
    made: u64,
    total: u64,
    campaigns: Vec<CampaignIndex>,
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Traffic {
    pub fn new(total: u64) -> Self {
        let rows: String = (0..CAMPAIGNS).map(|n| format!("cr-{n},cmp-{n},adv\n")).collect();
        let catalogue = Catalogue::parse(format!("ad_creative_id,campaign_id,advertiser_id\n{rows}").as_bytes());
        let catalogue = catalogue.expect("a sound catalogue");
        let campaigns = (0..CAMPAIGNS).map(|n| catalogue.known(&format!("cmp-{n}"))).collect();
        Self { made: 0, total, campaigns }
    }

    /// Earlier impressions at random.
    pub fn sought(&self, count: u64) -> impl Iterator<Item = View> {
        let mut state = 7;
        (0..count).map(move |_| self.view(next(&mut state) % self.total))
    }

    fn view(&self, number: u64) -> View {
        let mut state = number << 8;
        let due = START_MS + (i128::from(HOURS * HOUR_MS) * i128::from(number) / i128::from(self.total)) as i64;
        let at = due - (next(&mut state) % DISORDER_MS) as i64;
        let at = EventTime::from_ms(at.max(START_MS)).expect("a day after 2000");
        let user = UserHash(next(&mut (next(&mut state) % (self.total / IMPRESSIONS_PER_USER).max(1))));
        let campaign = self.campaigns[(next(&mut state) % CAMPAIGNS) as usize];
        let identity = Identity(u128::from(next(&mut state)) << 64 | u128::from(next(&mut state)));
        let common = Common { at, identity, content: Content(next(&mut state)), user };
        let own = Name::of(&number.to_string());
        View { common, key: JourneyKey { user, campaign }, touch: Touch { at, own } }
    }
}

impl Iterator for Traffic {
    type Item = View;

    fn next(&mut self) -> Option<View> {
        let number = self.made;
        self.made += 1;
        (number < self.total).then(|| self.view(number))
    }
}
