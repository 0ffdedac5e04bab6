//! Absolute totals per window of event time. A key once counted stays, so that a total that falls back to zero is written as zero.
//!
//! Money is summed in 128 bits, so that no order of adding and taking back can lose anything, and clamped to i64 only in a point.

use std::hash::Hash;

use adx_events::money::Micros;
use adx_events::time::WindowStart;
use hashbrown::HashMap;

use crate::attribution::Credit;
use crate::catalogue::CampaignIndex;
use crate::journey::KindIndex;
use crate::point::Attribution;
use crate::state;

/// An exchange in the shard's list of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExchangeIndex(pub(crate) u32);

/// What a campaign delivered in a window.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CampaignSums {
    pub(crate) impressions: i64,
    pub(crate) users: i64,
    pub(crate) clicks: i64,
    pub(crate) attributed_clicks: i64,
    pub(crate) conversions: i64,
    pub(crate) attributed_conversions: i64,
    pub(crate) view_through_conversions: i64,
    pub(crate) invalid_test: i64,
    pub(crate) invalid_bot: i64,
    pub(crate) cost: i128,
    pub(crate) value: i128,
}

/// A number of conversions and their value.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ConversionSums {
    pub(crate) count: i64,
    pub(crate) value: i128,
}

/// What an exchange asked for in a window.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DemandSums {
    pub(crate) requests: i64,
    pub(crate) slots: i64,
    pub(crate) floor: i128,
}

pub(crate) type CampaignKey = (WindowStart, CampaignIndex);
pub(crate) type ConversionKey = (WindowStart, CampaignIndex, KindIndex, Attribution);
pub(crate) type DemandKey = (WindowStart, ExchangeIndex);

/// All totals of a shard.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    campaigns: HashMap<CampaignKey, CampaignSums>,
    touches: HashMap<CampaignKey, ConversionSums>,
    conversions: HashMap<ConversionKey, ConversionSums>,
    demand: HashMap<DemandKey, DemandSums>,
}

impl Windows {
    /// Changes a campaign's sums; gives the bytes added.
    pub(crate) fn campaign(&mut self, key: CampaignKey, change: impl FnOnce(&mut CampaignSums)) -> u64 {
        let before = self.campaigns.len();
        change(self.campaigns.entry(key).or_default());
        state::CAMPAIGN_WINDOW * (self.campaigns.len() - before) as u64
    }

    /// Counts a bid request; gives the bytes added.
    pub(crate) fn demand(&mut self, key: DemandKey, slots: u32, floor: Micros) -> u64 {
        let before = self.demand.len();
        let sums = self.demand.entry(key).or_default();
        sums.requests += 1;
        sums.slots += i64::from(slots);
        sums.floor += i128::from(floor.as_micros());
        state::DEMAND_WINDOW * (self.demand.len() - before) as u64
    }

    /// Counts a conversion that can never be credited; gives the bytes added.
    pub(crate) fn uncredited(&mut self, key: CampaignKey, kind: KindIndex, value: Micros) -> u64 {
        let before = self.conversions.len();
        self.conversions.entry((key.0, key.1, kind, Attribution::None)).or_default().add(1, value);
        state::CONVERSION_POINT * (self.conversions.len() - before) as u64
    }

    /// Adds (`times` 1) or takes back (-1) a conversion with its credit; `key` is the conversion's own, `touch` the window of the touch.
    pub(crate) fn credit(
        &mut self,
        key: CampaignKey,
        kind: KindIndex,
        value: Micros,
        credit: Credit,
        touch: Option<WindowStart>,
        times: i64,
    ) {
        let attribution = match credit {
            Credit::None => Attribution::None,
            Credit::Click(_) => Attribution::Click,
            Credit::View(_) => Attribution::View,
        };
        self.conversions.entry((key.0, key.1, kind, attribution)).or_default().add(times, value);
        let sums = self.campaigns.entry(key).or_default();
        match attribution {
            Attribution::None => {}
            Attribution::Click => sums.attributed_conversions += times,
            Attribution::View => sums.view_through_conversions += times,
        }
        if let Some(window) = touch {
            self.touches.entry((window, key.1)).or_default().add(times, value);
        }
    }

    pub(crate) fn campaigns(&self) -> Vec<(CampaignKey, CampaignSums)> {
        sorted(&self.campaigns)
    }

    pub(crate) fn touches(&self) -> Vec<(CampaignKey, ConversionSums)> {
        sorted(&self.touches)
    }

    pub(crate) fn conversions(&self) -> Vec<(ConversionKey, ConversionSums)> {
        sorted(&self.conversions)
    }

    pub(crate) fn demands(&self) -> Vec<(DemandKey, DemandSums)> {
        sorted(&self.demand)
    }
}

impl ConversionSums {
    fn add(&mut self, times: i64, value: Micros) {
        self.count += times;
        self.value += i128::from(times) * i128::from(value.as_micros());
    }
}

fn sorted<K: Ord + Copy + Hash, V: Copy>(table: &HashMap<K, V>) -> Vec<(K, V)> {
    let mut rows: Vec<_> = table.iter().map(|(k, v)| (*k, *v)).collect();
    rows.sort_unstable_by_key(|row| row.0);
    rows
}
