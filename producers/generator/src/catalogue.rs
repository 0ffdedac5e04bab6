//! The catalogue of the generated traffic: which creative belongs to which campaign, and when.

use adx_events::time::{EventTime, MINUTE_MS};

use crate::dice::Dice;
use crate::settings::Settings;
use crate::text;

/// A creative's number; ids are made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Creative(pub(crate) u32);

/// A campaign's number. Numbers from `campaigns` on are in no catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Campaign(pub(crate) u32);

#[derive(Debug)]
pub(crate) struct Catalogue {
    campaigns: u32,
    per_campaign: u32,
    /// Per creative: when it leaves its first campaign, and when it comes to the next one; ms, `i64::MAX` where it stays.
    moves: Vec<(i64, i64)>,
}

impl Catalogue {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut dice = Dice::of(settings.seed, u64::MAX);
        let creatives = settings.campaigns * settings.creatives_per_campaign;
        let moves = (0..creatives).map(|_| draw_move(settings, &mut dice)).collect();
        Self { campaigns: settings.campaigns, per_campaign: settings.creatives_per_campaign, moves }
    }

    /// A creative that begins in the campaign.
    pub(crate) fn creative(&self, campaign: Campaign, dice: &mut Dice) -> Creative {
        Creative(campaign.0 * self.per_campaign + dice.below(u64::from(self.per_campaign)) as u32)
    }

    /// A creative, and a campaign, that the catalogue lacks.
    pub(crate) fn unknown(&self) -> (Creative, Campaign) {
        (Creative(self.campaigns * self.per_campaign), Campaign(self.campaigns))
    }

    /// The campaign of a creative at a time, if any.
    pub(crate) fn campaign_of(&self, creative: Creative, at_ms: i64) -> Option<Campaign> {
        let &(left_ms, came_ms) = self.moves.get(creative.0 as usize)?;
        let first = Campaign(creative.0 / self.per_campaign);
        if at_ms < left_ms {
            Some(first)
        } else if at_ms >= came_ms {
            Some(self.after(first))
        } else {
            None
        }
    }

    fn after(&self, campaign: Campaign) -> Campaign {
        Campaign((campaign.0 + 1) % self.campaigns)
    }

    pub(crate) fn row_count(&self) -> u64 {
        self.moves.iter().map(|&(left_ms, _)| if left_ms == i64::MAX { 1 } else { 2 }).sum()
    }

    /// The whole of `campaigns.csv`.
    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut out = b"ad_creative_id,campaign_id,advertiser_id,valid_from,valid_to\n".to_vec();
        for (number, &(left_ms, came_ms)) in self.moves.iter().enumerate() {
            let creative = Creative(number as u32);
            let first = Campaign(creative.0 / self.per_campaign);
            if left_ms == i64::MAX {
                push_row(&mut out, creative, first, None, None);
            } else {
                push_row(&mut out, creative, first, None, EventTime::from_ms(left_ms));
                push_row(&mut out, creative, self.after(first), EventTime::from_ms(came_ms), None);
            }
        }
        out
    }
}

/// Most moves are seamless; every fourth leaves a gap in which the creative belongs to nobody.
fn draw_move(settings: &Settings, dice: &mut Dice) -> (i64, i64) {
    if !dice.hit(settings.moving_creatives) {
        return (i64::MAX, i64::MAX);
    }
    let left_ms = settings.start.as_ms() + dice.between(settings.duration.0 / 3, settings.duration.0 * 2 / 3);
    (left_ms, left_ms + if dice.one_in(4) { MINUTE_MS } else { 0 })
}

fn push_row(out: &mut Vec<u8>, creative: Creative, campaign: Campaign, from: Option<EventTime>, to: Option<EventTime>) {
    text::push_creative(out, creative);
    out.push(b',');
    text::push_campaign(out, campaign);
    out.extend_from_slice(b",adv-");
    text::push_padded(out, u64::from(campaign.0 / 3), 3);
    for bound in [from, to] {
        out.push(b',');
        if let Some(time) = bound {
            out.extend_from_slice(time.to_string().as_bytes());
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share::Share;

    #[test]
    fn a_moving_creative_has_two_rows_and_changes_at_the_instant() {
        let settings =
            Settings { campaigns: 2, creatives_per_campaign: 1, moving_creatives: Share::ALL, ..Settings::default() };
        let catalogue = Catalogue::new(&settings);
        let (left_ms, came_ms) = catalogue.moves[1];
        assert_eq!(catalogue.campaign_of(Creative(1), left_ms - 1), Some(Campaign(1)));
        assert_eq!(catalogue.campaign_of(Creative(1), came_ms), Some(Campaign(0)));
        assert_eq!(catalogue.campaign_of(Creative(2), came_ms), None);
        let csv = String::from_utf8(catalogue.csv()).unwrap();
        assert_eq!(csv.lines().count() as u64, 1 + catalogue.row_count());
        assert!(csv.contains("cr-00001,cmp-0001,adv-000,,2026-03-01T"), "{csv}");
    }
}
