//! What traffic to make: every setting, its unit, default and bounds.

use adx_events::time::{DAY_MS, EventTime, HOUR_MS, Millis, SECOND_MS};

use crate::codec::Codec;
use crate::share::Share;

/// Settings of one generated directory. The default is the size of the demo.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Seed of every draw. Default 1.
    pub seed: u64,
    /// Impressions, each counted once: copies and malformed lines come on top. Default 20,000.
    pub impressions: u64,
    /// Bid requests, counted likewise. Impression n comes from auction n. Default 20,000.
    pub bids: u64,
    /// Share of impressions that are clicked (CTR). Default 0.05.
    pub click_rate: Share,
    /// Share of clicks that convert. Default 0.1.
    pub conversion_rate: Share,
    /// Share of impressions that convert without a click. Default 0.002.
    pub view_through_rate: Share,
    /// Clicks without an impression, as a share of clicks. Default 0.02.
    pub orphan_clicks: Share,
    /// Users, 1 to 20,000,000; 8 bytes of memory each. Default 5,000.
    pub users: u32,
    /// Campaigns, 1 to 100,000. Default 30.
    pub campaigns: u32,
    /// Creatives of each campaign, 1 to 1,000. Default 4.
    pub creatives_per_campaign: u32,
    /// Share of impressions, and of clicks from nowhere, in the hot campaigns, which are alike; the others follow the Zipf law. Default 0.
    pub hot: Share,
    /// The hot campaigns: the first so many, 1 to all. Default 1.
    pub hot_campaigns: u32,
    /// Exponent of the Zipf law that users and campaigns follow, 0 (all alike) to 3. Default 1.
    pub zipf_exponent: f64,
    /// Share of creatives that change campaign within the time covered. Default 0.1.
    pub moving_creatives: Share,
    /// Share of impressions with a creative, and of clicks with a campaign, that the catalogue lacks. Default 0.01.
    pub unmapped: Share,
    /// Share of records written once more, equal in all fields, in whichever file. Default 0.02.
    pub duplicates: Share,
    /// Share of records written once more with another time: half within the UTC day (bids: hour), half over it. Default 0.005.
    pub restamped: Share,
    /// Share of records written once more with other content at the same time. Default 0.005.
    pub conflicts: Share,
    /// Malformed records, as a share of sound ones; one impression and one click among them are over the size of a record. Default 0.01.
    pub malformed: Share,
    /// By how much a record may stand behind later ones in its file, 0 to 1 day. Default 20 s.
    pub disorder: Millis,
    /// Share of records that stand behind at all; the others are written at their time. Default 1.
    pub disordered: Share,
    /// Share of records that stand behind by more than `disorder`. Default 0.
    pub late: Share,
    /// By how much those do at most, up to 30 days. Default 36 h.
    pub lateness: Millis,
    /// Share of clicks and conversions that name their touch by id. Default 0.3.
    pub named_touches: Share,
    /// Share of those names that name something else. Default 0.1.
    pub wrong_names: Share,
    /// Share of times written as milliseconds; the others are RFC 3339. Default 0.3.
    pub epoch_times: Share,
    /// Share of records that name the reporting currency, USD. Default 0.3.
    pub currency_present: Share,
    /// Share of records in another currency. Default 0.002.
    pub currency_other: Share,
    /// When the traffic begins. Default 2026-03-01T00:00:00Z.
    pub start: EventTime,
    /// How long impressions and bids go on; clicks and conversions follow. 1 ms to 3,660 days. Default 2 h.
    pub duration: Millis,
    /// How long after that clicks and conversions are still written, 0 to 7 days; the others are left out. Default 7 days: all are written.
    pub tail: Millis,
    /// Files per topic, 1 to 64; each covers the whole time. Default 3.
    pub parts: u32,
    /// Whether the last of two or more files of impressions is gzipped. Default true.
    pub gzip_last: bool,
    /// How blocks of bid requests are compressed. Default deflate.
    pub bid_codec: Codec,
}

/// A setting outside its bounds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("{setting} must lie from {min} to {max}, not at {given}")]
    Bounds { setting: &'static str, min: i64, max: i64, given: i64 },
    #[error("zipf_exponent must lie from 0 to 3")]
    Exponent,
    #[error("the traffic must lie between 2000-01-04 and 2099-12-25, late records, clicks and conversions included")]
    Times,
}

/// By then the last conversion has been made.
const TAIL_MS_MAX: i64 = 7 * DAY_MS;
/// 2026-03-01T00:00:00Z
const DEFAULT_START_MS: i64 = 1_772_323_200_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            impressions: 20_000,
            bids: 20_000,
            click_rate: Share::of_million(50_000),
            conversion_rate: Share::of_million(100_000),
            view_through_rate: Share::of_million(2_000),
            orphan_clicks: Share::of_million(20_000),
            users: 5_000,
            campaigns: 30,
            creatives_per_campaign: 4,
            hot: Share::NONE,
            hot_campaigns: 1,
            zipf_exponent: 1.0,
            moving_creatives: Share::of_million(100_000),
            unmapped: Share::of_million(10_000),
            duplicates: Share::of_million(20_000),
            restamped: Share::of_million(5_000),
            conflicts: Share::of_million(5_000),
            malformed: Share::of_million(10_000),
            disorder: Millis(20 * SECOND_MS),
            disordered: Share::ALL,
            late: Share::NONE,
            lateness: Millis(36 * HOUR_MS),
            named_touches: Share::of_million(300_000),
            wrong_names: Share::of_million(100_000),
            epoch_times: Share::of_million(300_000),
            currency_present: Share::of_million(300_000),
            currency_other: Share::of_million(2_000),
            start: EventTime::from_ms(DEFAULT_START_MS).unwrap_or(EventTime::MIN),
            duration: Millis(2 * HOUR_MS),
            tail: Millis(TAIL_MS_MAX),
            parts: 3,
            gzip_last: true,
            bid_codec: Codec::Deflate,
        }
    }
}

impl Settings {
    /// Every bound, here and nowhere else.
    pub fn check(&self) -> Result<(), SettingsError> {
        within("impressions", clamp(self.impressions), 0, 1_000_000_000_000)?;
        within("bids", clamp(self.bids), 0, 1_000_000_000_000)?;
        within("users", i64::from(self.users), 1, 20_000_000)?;
        within("campaigns", i64::from(self.campaigns), 1, 100_000)?;
        within("creatives_per_campaign", i64::from(self.creatives_per_campaign), 1, 1_000)?;
        within("parts", i64::from(self.parts), 1, 64)?;
        within("disorder (ms)", self.disorder.0, 0, DAY_MS)?;
        within("lateness (ms)", self.lateness.0, self.disorder.0 + 1, 30 * DAY_MS)?;
        within("hot_campaigns", i64::from(self.hot_campaigns), 1, i64::from(self.campaigns))?;
        within("tail (ms)", self.tail.0, 0, TAIL_MS_MAX)?;
        within("duration (ms)", self.duration.0, 1, 3_660 * DAY_MS)?;
        if !(0.0..=3.0).contains(&self.zipf_exponent) {
            return Err(SettingsError::Exponent);
        }
        let late_ms = if self.late == Share::NONE { 0 } else { self.lateness.0 };
        let first_ms = self.start.as_ms() - 3 * DAY_MS - late_ms;
        let last_ms = self.start.as_ms() + self.duration.0 + 7 * DAY_MS;
        match (EventTime::from_ms(first_ms), EventTime::from_ms(last_ms)) {
            (Some(_), Some(_)) => Ok(()),
            (None, _) | (_, None) => Err(SettingsError::Times),
        }
    }
}

fn clamp(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn within(setting: &'static str, given: i64, min: i64, max: i64) -> Result<(), SettingsError> {
    if (min..=max).contains(&given) { Ok(()) } else { Err(SettingsError::Bounds { setting, min, max, given }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_sound_and_bounds_are_named() {
        let settings = Settings::default();
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(settings.start.to_string(), "2026-03-01T00:00:00.000Z");
        let none = Settings { users: 0, ..settings.clone() };
        assert_eq!(none.check().unwrap_err().to_string(), "users must lie from 1 to 20000000, not at 0");
        let skewed = Settings { zipf_exponent: f64::NAN, ..settings.clone() };
        assert_eq!(skewed.check(), Err(SettingsError::Exponent));
        let punctual = Settings { lateness: settings.disorder, ..settings.clone() };
        let told = punctual.check().unwrap_err().to_string();
        assert_eq!(told, "lateness (ms) must lie from 20001 to 2592000000, not at 20000");
        let early = Settings { start: EventTime::MIN, ..settings };
        assert_eq!(early.check(), Err(SettingsError::Times));
    }
}
