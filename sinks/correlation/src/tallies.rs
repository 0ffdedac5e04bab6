//! Turns accepted events into totals: windows at once, attribution and users through the journeys.

use std::sync::Arc;

use adx_events::time::{EventTime, Millis, WindowStart};
use adx_events::verdict::{Bid, Impression, Outcome, Tracked};
use hashbrown::HashMap;

use crate::attribution::{Change, Credit, Judge, Reach};
use crate::catalogue::{CampaignIndex, Catalogue};
use crate::journey::{Click, Conversion, JourneyKey, Name, Responses, append};
use crate::labels::{Exchanges, Kinds};
use crate::settings::Settings;
use crate::state;
use crate::views::{Touch, Views};
use crate::windows::Windows;

mod points;

/// Totals, and what they are computed from.
#[derive(Debug)]
pub(crate) struct Tallies {
    catalogue: Arc<Catalogue>,
    reach: Reach,
    width: Millis,
    kinds: Kinds,
    exchanges: Exchanges,
    windows: Windows,
    views: Views,
    responses: HashMap<JourneyKey, Responses>,
    /// Journeys with responses that have grown since they were last settled.
    waiting: Vec<JourneyKey>,
    judge: Judge,
}

impl Tallies {
    pub(crate) fn new(settings: &Settings, catalogue: Arc<Catalogue>, seed: u64) -> Self {
        Self {
            catalogue,
            reach: settings.reach(),
            width: settings.window,
            kinds: Kinds::new(&settings.conversion_types),
            exchanges: Exchanges::new(&settings.exchanges),
            windows: Windows::default(),
            views: Views::new(settings.window, seed),
            responses: HashMap::new(),
            waiting: Vec::new(),
            judge: Judge::default(),
        }
    }

    /// Reads where the state that impressions will change has its homes.
    pub(crate) fn warm<'a>(&self, events: impl Iterator<Item = &'a Impression<'a>>) {
        self.views.warm(events.map(|event| {
            let campaign = self.catalogue.campaign_of_impression(event.campaign, event.creative, event.common.at);
            (JourneyKey { user: event.common.user, campaign }, event.common.at)
        }));
    }

    /// Counts an accepted event; gives the bytes added.
    pub(crate) fn count(&mut self, event: &Outcome<'_>) -> u64 {
        match event {
            Outcome::Impression(e) => self.impression(e),
            Outcome::Click(e) => self.click(e),
            Outcome::Conversion(e) => self.conversion(e),
            Outcome::Bid(e) => self.bid(e),
            Outcome::Resend | Outcome::Rejected { .. } => 0,
        }
    }

    fn impression(&mut self, event: &Impression<'_>) -> u64 {
        let at = event.common.at;
        let campaign = self.catalogue.campaign_of_impression(event.campaign, event.creative, at);
        let (key, own) = (JourneyKey { user: event.common.user, campaign }, Name::of(event.impression_id));
        let (new_user, bytes) = self.views.add(key, Touch { at, own });
        if let Some(responses) = self.responses.get_mut(&key) {
            wait(responses, key, &mut self.waiting);
        }
        let window = at.floor_to(self.width);
        bytes
            + self.windows.campaign((window, campaign), |sums| {
                sums.impressions += 1;
                sums.users += i64::from(new_user);
                sums.cost += i128::from(event.cost.as_micros());
                sums.invalid_test += i64::from(event.test);
                sums.invalid_bot += i64::from(event.bot);
            })
    }

    fn click(&mut self, event: &Tracked<'_>) -> u64 {
        let campaign = self.catalogue.known(event.campaign);
        let at = event.common.at;
        let bytes = self.windows.campaign((at.floor_to(self.width), campaign), |sums| sums.clicks += 1);
        if !campaign.is_mapped() {
            return bytes;
        }
        let (own, impression) = (Name::of(event.event_id), Name::of(event.impression_id));
        let click = Click { at, own, impression, attributed: false };
        bytes
            + state::CLICK
            + self.track(JourneyKey { user: event.common.user, campaign }, |responses| {
                append(&mut responses.clicks, click)
            })
    }

    fn conversion(&mut self, event: &Tracked<'_>) -> u64 {
        let campaign = self.catalogue.known(event.campaign);
        let (at, value, kind) = (event.common.at, event.value, self.kinds.index(event.kind));
        let key = (at.floor_to(self.width), campaign);
        let bytes = self.windows.campaign(key, |sums| {
            sums.conversions += 1;
            sums.value += i128::from(value.as_micros());
        });
        if !campaign.is_mapped() {
            return bytes + self.windows.uncredited(key, kind, value);
        }
        let (click, impression) = (Name::of(event.click_id), Name::of(event.impression_id));
        let conversion = Conversion { at, value, click, impression, kind, credit: None };
        let add = |responses: &mut Responses| append(&mut responses.conversions, conversion);
        bytes + state::CONVERSION + self.track(JourneyKey { user: event.common.user, campaign }, add)
    }

    /// Adds to the clicks and conversions of a journey; gives the bytes of what had to be made for them.
    fn track(&mut self, key: JourneyKey, add: impl FnOnce(&mut Responses)) -> u64 {
        let before = self.responses.len();
        let responses = self.responses.entry(key).or_default();
        add(responses);
        wait(responses, key, &mut self.waiting);
        state::RESPONSES * (self.responses.len() - before) as u64
    }

    fn bid(&mut self, event: &Bid<'_>) -> u64 {
        let (exchange, bytes) = self.exchanges.index(event.exchange);
        bytes + self.windows.demand((event.common.at.floor_to(self.width), exchange), event.slots, event.floor)
    }

    /// Brings attribution up to date.
    pub(crate) fn settle(&mut self) {
        let (reach, width) = (self.reach, self.width);
        let back = Millis(reach.click.0.max(reach.view.0));
        let (views, windows) = (&self.views, &mut self.windows);
        for key in std::mem::take(&mut self.waiting) {
            let Some(responses) = self.responses.get_mut(&key) else { continue };
            responses.waiting = false;
            let times = responses.times();
            let spans_ms = times.iter().map(|at| (at.minus(back), at.as_ms()));
            let give = |add: &mut dyn FnMut(Touch)| views.each(key, spans_ms, add);
            self.judge.settle(responses, reach, give, |change| apply(windows, key.campaign, width, change));
        }
    }
}

/// Puts a journey among those to be settled; what that costs is part of the price of its responses.
fn wait(responses: &mut Responses, key: JourneyKey, waiting: &mut Vec<JourneyKey>) {
    if !responses.waiting {
        responses.waiting = true;
        waiting.push(key);
    }
}

fn apply(windows: &mut Windows, campaign: CampaignIndex, width: Millis, change: Change<'_>) {
    match change {
        Change::ClickAttributed(at) => {
            windows.campaign((at.floor_to(width), campaign), |sums| sums.attributed_clicks += 1);
        }
        Change::Credited(conversion, credit) => {
            let key = (conversion.at.floor_to(width), campaign);
            let mut count = |credit, times| {
                windows.credit(key, conversion.kind, conversion.value, credit, touch_window(credit, width), times);
            };
            if let Some(old) = conversion.credit {
                count(old, -1);
            }
            count(credit, 1);
        }
    }
}

fn touch_window(credit: Credit, width: Millis) -> Option<WindowStart> {
    let touch: Option<EventTime> = match credit {
        Credit::None => None,
        Credit::Click(at) | Credit::View(at) => Some(at),
    };
    touch.map(|at| at.floor_to(width))
}
