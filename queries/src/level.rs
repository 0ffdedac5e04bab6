//! How finely the totals of campaigns are kept: by shard and minute, or summed by tasks; one measurement for each.

use adx_events::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis};

use crate::buckets::{Buckets, Purpose};
use crate::schema::Measurement;

/// A measurement with the totals of campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `campaign`, as the sink writes it: a series for each shard, always the newest there is.
    Shards,
    /// `campaign_1m`: shards summed.
    Minutes,
    /// `campaign_1h`: shards and minutes summed, whole hours only.
    Hours,
    /// `campaign_1d`: shards and minutes summed, whole days only.
    Days,
}

/// What can be summed over shards and over time, of a campaign.
pub const ADDITIVE: [&str; 10] = [
    "impressions",
    "clicks",
    "attributed_clicks",
    "conversions",
    "attributed_conversions",
    "view_through_conversions",
    "cost_micros",
    "value_micros",
    "invalid_test",
    "invalid_bot",
];
/// Can be summed over shards, not over time.
pub const USERS: &str = "users";
/// Of a shard whether, of a sum 1 where all that it sums is so, else 0: integers can be aggregated, booleans not.
pub const FLAGS: [&str; 2] = ["settled", "final"];
/// Floats that the tasks write beside the sums; 0 where the denominator is 0.
pub const RATIOS: [&str; 4] = ["ctr", "cvr", "ecpm", "cpa"];

impl Level {
    pub const ALL: [Self; 4] = [Self::Shards, Self::Minutes, Self::Hours, Self::Days];

    pub const fn measurement(self) -> &'static str {
        match self {
            Self::Shards => Measurement::Campaign.name(),
            Self::Minutes => "campaign_1m",
            Self::Hours => "campaign_1h",
            Self::Days => "campaign_1d",
        }
    }

    /// The bucket it lies in.
    pub fn bucket(self, buckets: &Buckets) -> String {
        buckets.name(self.purpose())
    }

    /// The buckets whose bucket for this level is called `bucket`.
    pub(crate) fn buckets(self, bucket: &str) -> Option<Buckets> {
        let prefix = bucket.strip_suffix(self.purpose().ending())?;
        Buckets::of(prefix).ok()
    }

    const fn purpose(self) -> Purpose {
        match self {
            Self::Shards | Self::Minutes => Purpose::Windows,
            Self::Hours => Purpose::Hours,
            Self::Days => Purpose::Days,
        }
    }

    /// How long its points are kept where the bucket is as declared; `None` is for ever.
    pub fn keeps(self) -> Option<Millis> {
        self.purpose().keeps().map(|keeps| Millis(keeps.as_millis() as i64))
    }

    /// The length of what one point sums.
    pub const fn width(self) -> Millis {
        Millis(match self {
            Self::Shards | Self::Minutes => MINUTE_MS,
            Self::Hours => HOUR_MS,
            Self::Days => DAY_MS,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_those_of_the_sink() {
        let fields: Vec<&str> = Measurement::Campaign.fields().iter().map(|field| field.name).collect();
        let mut told: Vec<&str> = ADDITIVE.iter().chain(&FLAGS).copied().chain([USERS, "rev"]).collect();
        assert_eq!(told.len(), fields.len());
        told.retain(|name| !fields.contains(name));
        assert!(told.is_empty(), "{told:?}");
    }
}
