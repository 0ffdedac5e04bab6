//! Turns accepted events into totals: windows at once, attribution and users through the journeys.

use std::sync::Arc;

use adx_events::fingerprint::UserHash;
use adx_events::time::{EventTime, Millis, WindowStart};
use adx_events::verdict::{Bid, Impression, Outcome, Tracked};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::attribution::{Change, Credit, Judge, Reach};
use crate::catalogue::{CampaignIndex, Catalogue};
use crate::journey::{Click, Conversion, Journey, Name, Responses, Story, Touch, append};
use crate::labels::{Exchanges, Kinds};
use crate::settings::Settings;
use crate::state;
use crate::users;
use crate::windows::Windows;

mod points;

type JourneyKey = (UserHash, CampaignIndex);

/// Totals, and what they are computed from.
#[derive(Debug)]
pub(crate) struct Tallies {
    catalogue: Arc<Catalogue>,
    reach: Reach,
    width: Millis,
    kinds: Kinds,
    exchanges: Exchanges,
    windows: Windows,
    journeys: HashMap<JourneyKey, Journey>,
    /// Stories that have grown since they were last settled.
    waiting: Vec<JourneyKey>,
    judge: Judge,
}

impl Tallies {
    pub(crate) fn new(settings: &Settings, catalogue: Arc<Catalogue>) -> Self {
        Self {
            catalogue,
            reach: settings.reach(),
            width: settings.window,
            kinds: Kinds::new(&settings.conversion_types),
            exchanges: Exchanges::default(),
            windows: Windows::default(),
            journeys: HashMap::new(),
            waiting: Vec::new(),
            judge: Judge::default(),
        }
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
        let (alone, bytes) =
            self.add_view((event.common.user, campaign), Touch::new(at, Name::of(event.impression_id)));
        let window = at.floor_to(self.width);
        bytes
            + self.windows.campaign((window, campaign), |sums| {
                sums.impressions += 1;
                sums.users += i64::from(alone);
                sums.cost += i128::from(event.cost.as_micros());
                sums.invalid_test += i64::from(event.test);
                sums.invalid_bot += i64::from(event.bot);
            })
    }

    /// Adds an impression to its journey; true where it is the journey's first event, and its user thereby new in its window.
    fn add_view(&mut self, key: JourneyKey, touch: Touch) -> (bool, u64) {
        match self.journeys.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(Journey::One(touch));
                (true, state::JOURNEY)
            }
            Entry::Occupied(mut journey) => {
                let (story, made) = journey.get_mut().story();
                append(&mut story.impressions, touch);
                wait(story, key, &mut self.waiting);
                (false, state::TOUCH + if made { state::STORY + state::TOUCH } else { 0 })
            }
        }
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
            + self.track((event.common.user, campaign), |responses| append(&mut responses.clicks, click))
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
        bytes + state::CONVERSION + self.track((event.common.user, campaign), add)
    }

    /// Adds to the clicks and conversions of a journey; gives the bytes of what had to be made for them.
    fn track(&mut self, key: JourneyKey, add: impl FnOnce(&mut Responses)) -> u64 {
        let mut bytes = 0;
        let journey = self.journeys.entry(key).or_insert_with(|| {
            bytes += state::JOURNEY + state::STORY;
            Journey::More(Box::default())
        });
        let (story, story_made) = journey.story();
        let (responses, responses_made) = story.responses();
        add(responses);
        bytes += if story_made { state::STORY + state::TOUCH } else { 0 };
        wait(story, key, &mut self.waiting);
        bytes + if responses_made { state::RESPONSES } else { 0 }
    }

    fn bid(&mut self, event: &Bid<'_>) -> u64 {
        let (exchange, bytes) = self.exchanges.index(event.exchange);
        bytes + self.windows.demand((event.common.at.floor_to(self.width), exchange), event.slots, event.floor)
    }

    /// Brings users and attribution up to date.
    pub(crate) fn settle(&mut self) {
        for key in std::mem::take(&mut self.waiting) {
            let Some(Journey::More(story)) = self.journeys.get_mut(&key) else { continue };
            story.waiting = false;
            let (campaign, width, windows) = (key.1, self.width, &mut self.windows);
            users::settle(story, width, |window| {
                windows.campaign((window, campaign), |sums| sums.users += 1);
            });
            self.judge.settle(story, self.reach, |change| apply(windows, campaign, width, change));
        }
    }
}

/// Puts a story among those to be settled; what that costs is part of the story's price.
fn wait(story: &mut Story, key: JourneyKey, waiting: &mut Vec<JourneyKey>) {
    if !story.waiting {
        story.waiting = true;
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
