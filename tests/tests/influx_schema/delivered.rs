//! Made-up windows of campaigns, as the sink writes them, and their sums by plain addition.

use std::collections::BTreeMap;

use adx_events::time::{EventTime, MINUTE_MS};
use adx_queries::ADDITIVE;

/// What a shard says of a campaign in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// In the order of [`ADDITIVE`].
    pub counts: [i64; ADDITIVE.len()],
    pub users: i64,
    pub settled: bool,
}

/// By campaign, shard and minute since the epoch; a later window of the same key takes the place of the earlier.
#[derive(Debug, Clone, Default)]
pub struct Delivered(pub BTreeMap<(String, u32, i64), Window>);

impl Delivered {
    /// Campaigns in two shards each, over minutes from `start`: other numbers everywhere, some of them 0, and names that need care.
    pub fn over(start: EventTime, minutes: i64) -> Self {
        let mut delivered = Self::default();
        let first = start.as_ms() / MINUTE_MS;
        for (campaign, name) in ["plain", "with space, comma=equals", "quote\"d"].into_iter().enumerate() {
            for (shard, minute) in (0..2).flat_map(|shard| (first..first + minutes).map(move |minute| (shard, minute)))
            {
                let seed = (campaign as i64 + 1) * 7 + i64::from(shard) * 3 + minute % 11;
                delivered.0.insert((name.to_owned(), shard, minute), Window::of(seed));
            }
        }
        delivered
    }

    /// Line protocol.
    pub fn lines(&self) -> String {
        self.0.iter().map(|((campaign, shard, minute), window)| window.line(campaign, *shard, *minute)).collect()
    }

    /// The sum of a field by campaign, of windows that start from `start` before `stop`.
    pub fn sums(&self, start: EventTime, stop: EventTime) -> BTreeMap<String, [i64; ADDITIVE.len()]> {
        let mut sums: BTreeMap<String, [i64; ADDITIVE.len()]> = BTreeMap::new();
        let within = |minute: i64| (start.as_ms()..stop.as_ms()).contains(&(minute * MINUTE_MS));
        for ((campaign, _, _), window) in self.0.iter().filter(|((_, _, minute), _)| within(*minute)) {
            let sums = sums.entry(campaign.clone()).or_default();
            sums.iter_mut().zip(window.counts).for_each(|(sum, count)| *sum += count);
        }
        sums
    }
}

impl Window {
    pub fn of(seed: i64) -> Self {
        let counts =
            std::array::from_fn(|field| if field == 3 && seed % 4 == 0 { 0 } else { seed * (field as i64 + 1) % 97 });
        Self { counts, users: seed % 13, settled: true }
    }

    pub fn line(&self, campaign: &str, shard: u32, minute: i64) -> String {
        let campaign = campaign.replace(',', "\\,").replace(' ', "\\ ").replace('=', "\\=");
        let counts: String =
            ADDITIVE.iter().zip(self.counts).map(|(field, count)| format!("{field}={count}i,")).collect();
        let Self { users, settled, .. } = self;
        let at_s = minute * MINUTE_MS / 1_000;
        format!(
            "campaign,advertiser_id=adv,campaign_id={campaign},shard={shard} {counts}users={users}i,rev=1i,settled={settled},final=false {at_s}\n"
        )
    }
}
