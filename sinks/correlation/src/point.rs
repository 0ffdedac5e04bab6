//! The points of one shard: absolute totals per window, as contract.md's table has them.

use std::sync::Arc;

use adx_events::time::WindowStart;

/// One point. Amounts are micros of the reporting currency, clamped to the range of i64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Point {
    /// What a campaign delivered in a window.
    Campaign { window: WindowStart, campaign: Arc<str>, advertiser: Arc<str>, totals: CampaignTotals },
    /// Conversions credited to touches that lie in this window, and their value.
    Touch {
        window: WindowStart,
        campaign: Arc<str>,
        advertiser: Arc<str>,
        conversions_by_touch: i64,
        value_micros: i64,
    },
    /// Conversions of a window by kind and by what they are credited to.
    Conversion {
        window: WindowStart,
        campaign: Arc<str>,
        kind: Arc<str>,
        attribution: Attribution,
        conversions: i64,
        value_micros: i64,
    },
    /// Bid requests of an exchange in a window.
    Demand { window: WindowStart, exchange: Arc<str>, bid_requests: i64, slots: i64, floor_micros: i64 },
}

/// The fields of a campaign's point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CampaignTotals {
    pub impressions: i64,
    /// Distinct users with an impression in the window; additive over shards, not over time.
    pub users: i64,
    pub clicks: i64,
    pub attributed_clicks: i64,
    pub conversions: i64,
    /// By a click.
    pub attributed_conversions: i64,
    /// By an impression.
    pub view_through_conversions: i64,
    pub cost_micros: i64,
    /// Of all conversions, attributed or not.
    pub value_micros: i64,
    /// Impressions marked as tests.
    pub invalid_test: i64,
    /// Impressions by a known robot.
    pub invalid_bot: i64,
}

/// What a conversion is credited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribution {
    Click,
    View,
    None,
}

impl Attribution {
    /// The tag value.
    pub fn as_str(self) -> &'static str {
        match self {
            Attribution::Click => "click",
            Attribution::View => "view",
            Attribution::None => "none",
        }
    }
}
