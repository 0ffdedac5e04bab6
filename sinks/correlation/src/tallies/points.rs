//! The totals as points, sorted within each kind.

use super::Tallies;
use crate::point::{CampaignTotals, Point};
use crate::windows::CampaignSums;

impl Tallies {
    /// Totals as they stand; [`Tallies::settle`] comes first.
    pub(crate) fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.campaign_points().chain(self.touch_points()).chain(self.conversion_points()).chain(self.demand_points())
    }

    fn campaign_points(&self) -> impl Iterator<Item = Point> + '_ {
        self.windows.campaigns().into_iter().map(|((window, campaign), sums)| Point::Campaign {
            window,
            campaign: self.catalogue.name(campaign).clone(),
            advertiser: self.catalogue.advertiser(campaign).clone(),
            totals: totals(&sums),
        })
    }

    fn touch_points(&self) -> impl Iterator<Item = Point> + '_ {
        self.windows.touches().into_iter().map(|((window, campaign), sums)| Point::Touch {
            window,
            campaign: self.catalogue.name(campaign).clone(),
            advertiser: self.catalogue.advertiser(campaign).clone(),
            conversions_by_touch: sums.count,
            value_micros: clamped(sums.value),
        })
    }

    fn conversion_points(&self) -> impl Iterator<Item = Point> + '_ {
        self.windows.conversions().into_iter().map(|((window, campaign, kind, attribution), sums)| Point::Conversion {
            window,
            campaign: self.catalogue.name(campaign).clone(),
            kind: self.kinds.name(kind).clone(),
            attribution,
            conversions: sums.count,
            value_micros: clamped(sums.value),
        })
    }

    fn demand_points(&self) -> impl Iterator<Item = Point> + '_ {
        self.windows.demands().into_iter().map(|((window, exchange), sums)| Point::Demand {
            window,
            exchange: self.exchanges.name(exchange).clone(),
            bid_requests: sums.requests,
            slots: sums.slots,
            floor_micros: clamped(sums.floor),
        })
    }
}

fn totals(sums: &CampaignSums) -> CampaignTotals {
    CampaignTotals {
        impressions: sums.impressions,
        users: sums.users,
        clicks: sums.clicks,
        attributed_clicks: sums.attributed_clicks,
        conversions: sums.conversions,
        attributed_conversions: sums.attributed_conversions,
        view_through_conversions: sums.view_through_conversions,
        cost_micros: clamped(sums.cost),
        value_micros: clamped(sums.value),
        invalid_test: sums.invalid_test,
        invalid_bot: sums.invalid_bot,
    }
}

/// A sum of amounts that are not negative; past i64 (some nine million records of the highest amount in one window) its maximum.
fn clamped(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::clamped;

    #[test]
    fn a_sum_past_the_range_of_a_point_is_its_maximum() {
        assert_eq!([clamped(0), clamped(i64::MAX.into()), clamped(i128::from(i64::MAX) + 1)], [0, i64::MAX, i64::MAX]);
    }
}
