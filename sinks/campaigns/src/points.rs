//! Turns the totals of a shard into line protocol, the whole field set each time.

use adx_correlation::{CampaignTotals, Point, Revision};
use adx_events::offset::Partition;
use adx_events::time::WindowStart;
use adx_queries::Measurement;

use adx_influx::line_protocol::{EncodeError, Line};
use adx_influx::{EncodedPoint, Revision as PointRevision};

/// What all points of one emission share.
#[derive(Debug, Clone, Copy)]
pub struct Emission {
    pub shard: Partition,
    pub revision: Revision,
    /// Every source has passed the windows' ends: fit for alerts.
    pub settled: bool,
    /// Nothing admitted later can change the windows: fit for billing.
    pub is_final: bool,
}

impl Emission {
    /// A point as its line.
    pub fn encode(&self, point: &Point) -> Result<EncodedPoint, EncodeError> {
        match point {
            Point::Campaign { window, campaign, advertiser, totals } => {
                let tags = [("campaign_id", &**campaign), ("advertiser_id", &**advertiser)];
                self.line(Measurement::Campaign, &tags, &campaign_fields(totals), *window)
            }
            Point::Touch { window, campaign, advertiser, conversions_by_touch, value_micros } => {
                let tags = [("campaign_id", &**campaign), ("advertiser_id", &**advertiser)];
                let fields = [("conversions_by_touch", *conversions_by_touch), ("value_micros", *value_micros)];
                self.line(Measurement::Touch, &tags, &fields, *window)
            }
            Point::Conversion { window, campaign, kind, attribution, conversions, value_micros } => {
                let tags =
                    [("campaign_id", &**campaign), ("conversion_type", &**kind), ("attribution", attribution.as_str())];
                let fields = [("conversions", *conversions), ("value_micros", *value_micros)];
                self.line(Measurement::Conversion, &tags, &fields, *window)
            }
            Point::Demand { window, exchange, bid_requests, slots, floor_micros } => {
                let fields = [("bid_requests", *bid_requests), ("slots", *slots), ("floor_micros", *floor_micros)];
                self.line(Measurement::Demand, &[("exchange", exchange)], &fields, *window)
            }
        }
    }

    fn line(
        &self,
        measurement: Measurement,
        tags: &[(&str, &str)],
        totals: &[(&str, i64)],
        window: WindowStart,
    ) -> Result<EncodedPoint, EncodeError> {
        let shard = self.shard.0.to_string();
        let mut line = Line::new(measurement.name(), window);
        for (key, value) in tags {
            line = line.tag(key, value);
        }
        line = line.tag("shard", &shard);
        for (key, value) in totals {
            line = line.integer(key, *value);
        }
        // A log longer than i64::MAX is beyond any disk.
        let rev = i64::try_from(self.revision.0).unwrap_or(i64::MAX);
        let line = line.integer("rev", rev).boolean("settled", self.settled).boolean("final", self.is_final);
        EncodedPoint::new(line, PointRevision(self.revision.0))
    }
}

fn campaign_fields(totals: &CampaignTotals) -> [(&'static str, i64); 11] {
    [
        ("impressions", totals.impressions),
        ("users", totals.users),
        ("clicks", totals.clicks),
        ("attributed_clicks", totals.attributed_clicks),
        ("conversions", totals.conversions),
        ("attributed_conversions", totals.attributed_conversions),
        ("view_through_conversions", totals.view_through_conversions),
        ("cost_micros", totals.cost_micros),
        ("value_micros", totals.value_micros),
        ("invalid_test", totals.invalid_test),
        ("invalid_bot", totals.invalid_bot),
    ]
}
