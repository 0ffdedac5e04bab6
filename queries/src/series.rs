//! How many series a deployment makes: every set of tag values is one, and what InfluxDB must keep at hand.

use crate::buckets::{Buckets, Purpose};
use crate::text::quoted;

/// How many values the tags of a deployment take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub campaigns: u64,
    /// Partitions of a topic.
    pub shards: u64,
    pub exchanges: u64,
    pub conversion_types: u64,
    pub edges: u64,
    pub instances: u64,
}

const TOPICS: u64 = 3;
/// Rejections have a closed list of reasons (contract.md).
const REASONS: u64 = 13;
/// Click, view, none.
const ATTRIBUTIONS: u64 = 3;

impl Extent {
    /// At most so many series in a bucket: as if every campaign had something in every shard, of every kind.
    pub fn series(&self, purpose: Purpose) -> u64 {
        let product = |factors: &[u64]| factors.iter().fold(1u64, |product, factor| product.saturating_mul(*factor));
        // Creatives without a campaign are `unmapped`, exchanges off a list `other`.
        let campaigns = self.campaigns.saturating_add(1);
        let exchanges = self.exchanges.saturating_add(1);
        let parts: &[u64] = match purpose {
            Purpose::Windows => &[
                product(&[2, campaigns, self.shards]), // campaign, touch
                product(&[campaigns, self.conversion_types, ATTRIBUTIONS, self.shards]),
                product(&[exchanges, self.shards]),
                campaigns, // campaign_1m
            ],
            Purpose::Hours | Purpose::Days => &[campaigns],
            Purpose::Quality => {
                &[product(&[TOPICS, self.edges, self.shards]), product(&[TOPICS, REASONS, self.shards]), self.instances]
            }
        };
        parts.iter().fold(0, |sum, part| sum.saturating_add(*part))
    }
}

/// Asks how many series a bucket has: one row with `_value`. For ever is not asked: that would look into every shard there ever was.
pub fn count_text(buckets: &Buckets, purpose: Purpose) -> String {
    let bucket = quoted(&buckets.name(purpose));
    format!("import \"influxdata/influxdb\"\n\ninfluxdb.cardinality(bucket: {bucket}, start: -30d)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_of_what_tags_can_be() {
        let extent = Extent { campaigns: 100, shards: 4, exchanges: 10, conversion_types: 7, edges: 3, instances: 2 };
        let series = Purpose::ALL.map(|purpose| extent.series(purpose));
        assert_eq!(series, [2 * 404 + 101 * 7 * 3 * 4 + 44 + 101, 101, 101, 36 + 156 + 2]);
        let endless = Extent { campaigns: u64::MAX, ..extent };
        assert_eq!(endless.series(Purpose::Windows), u64::MAX);
    }
}
