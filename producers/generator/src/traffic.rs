//! The course of the traffic: impressions and bids evenly over time, clicks and conversions after them, repeats and broken records between.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::catalogue::{Campaign, Catalogue};
use crate::delays;
use crate::dice::Dice;
use crate::event::{Bid, Body, Currency, Event, Impression, Look, Tracked, TrackedKind, has_own_id};
use crate::popularity::Popularity;
use crate::settings::Settings;
use crate::share::Share;
use crate::text::TimeForm;
use crate::visit::Visit;

/// Clicks and conversions that wait for their time. Beyond that the first ones are written early, which is only more disorder.
const PENDING_MAX: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Traffic<'a> {
    settings: &'a Settings,
    catalogue: &'a Catalogue,
    users: Popularity,
    campaigns: Popularity,
    dice: Dice,
    impressions: u64,
    bids: u64,
    tracked: u64,
    /// When the last event was due.
    due_ms: i64,
    pending: BinaryHeap<Reverse<Pending>>,
    /// Repeats of the event before; at most four.
    repeats: Vec<Event>,
}

/// A click or conversion to come.
#[derive(Debug)]
struct Pending {
    due_ms: i64,
    /// Makes the order total, so that equal dues leave in the order they came.
    number: u64,
    event: Tracked,
    orphan: bool,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Pending {}
impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due_ms, self.number).cmp(&(other.due_ms, other.number))
    }
}

impl Iterator for Traffic<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if let Some(repeat) = self.repeats.pop() {
            return Some(repeat);
        }
        let body = self.original()?;
        let event = Event { body, look: self.look(), broken: false };
        self.plan_repeats(event);
        Some(event)
    }
}

impl<'a> Traffic<'a> {
    pub(crate) fn new(settings: &'a Settings, catalogue: &'a Catalogue) -> Self {
        Self {
            settings,
            catalogue,
            users: Popularity::zipf(settings.users, settings.zipf_exponent),
            campaigns: Popularity::zipf(settings.campaigns, settings.zipf_exponent),
            dice: Dice::new(settings.seed),
            impressions: 0,
            bids: 0,
            tracked: 0,
            due_ms: settings.start.as_ms(),
            pending: BinaryHeap::new(),
            repeats: Vec::new(),
        }
    }

    /// Impressions and bids made so far.
    pub(crate) fn made(&self) -> u64 {
        self.impressions + self.bids
    }

    /// When the event given last is written, and its repeats with it.
    pub(crate) fn due_ms(&self) -> i64 {
        self.due_ms
    }

    fn visit(&self, number: u64) -> Visit {
        Visit::of(self.settings.seed, number, &self.users)
    }

    /// The event that is due first.
    fn original(&mut self) -> Option<Body> {
        let impression_ms = self.spread_ms(self.impressions, self.settings.impressions);
        let bid_ms = self.spread_ms(self.bids, self.settings.bids);
        let last_ms = self.settings.start.as_ms() + self.settings.duration.0 + self.settings.tail.0;
        let tracked_ms = match self.pending.peek() {
            Some(_) if self.pending.len() > PENDING_MAX => i64::MIN,
            Some(Reverse(first)) if first.due_ms <= last_ms => first.due_ms,
            Some(_) | None => i64::MAX,
        };
        match impression_ms.min(bid_ms).min(tracked_ms) {
            i64::MAX => None,
            first if first == tracked_ms => self.pending.pop().map(|Reverse(first)| self.track(first)),
            first if first == bid_ms => Some(self.bid(first)),
            first => Some(self.impression(first)),
        }
    }

    /// When number `next` of `count` is written, spread evenly; never, where all are made.
    fn spread_ms(&self, next: u64, count: u64) -> i64 {
        if next >= count {
            return i64::MAX;
        }
        let into = i128::from(self.settings.duration.0) * i128::from(next) / i128::from(count);
        // Below the duration, so it fits.
        self.settings.start.as_ms() + into as i64
    }

    /// By how much a record stands behind its time.
    fn lag_ms(&mut self) -> i64 {
        let Settings { late, lateness, disordered, disorder, .. } = self.settings;
        if self.is_of(*late) {
            self.dice.between(disorder.0 + 1, lateness.0)
        } else if self.is_of(*disordered) {
            self.dice.between(0, disorder.0)
        } else {
            0
        }
    }

    /// None and all need no draw, so that a setting left alone changes nothing.
    fn is_of(&mut self, share: Share) -> bool {
        match share {
            Share::NONE => false,
            Share::ALL => true,
            some => self.dice.hit(some),
        }
    }

    fn draw_campaign(&mut self) -> Campaign {
        if self.is_of(self.settings.hot) {
            return Campaign(self.dice.below(u64::from(self.settings.hot_campaigns)) as u32);
        }
        Campaign(self.campaigns.draw(&mut self.dice))
    }

    fn bid(&mut self, due_ms: i64) -> Body {
        self.due_ms = due_ms;
        let number = self.bids;
        self.bids += 1;
        let (visit, at_ms) = (self.visit(number), due_ms - self.lag_ms());
        Body::Bid(Bid { number, visit, at_ms, floor_micros: self.dice.below(5_000_000) })
    }

    fn impression(&mut self, due_ms: i64) -> Body {
        self.due_ms = due_ms;
        let number = self.impressions;
        self.impressions += 1;
        let mut campaign = self.draw_campaign();
        let mut creative = self.catalogue.creative(campaign, &mut self.dice);
        if self.dice.hit(self.settings.unmapped) {
            (creative, campaign) = self.catalogue.unknown();
        }
        let at_ms = due_ms - self.lag_ms();
        let named_campaign = self.name_campaign(campaign);
        let impression = Impression {
            number,
            visit: self.visit(number),
            at_ms,
            creative,
            named_campaign,
            cost_micros: self.dice.below(10_000),
        };
        self.follow(&impression, due_ms);
        Body::Impression(impression)
    }

    /// Every eighth impression names a campaign: its own, another, or one that nobody knows.
    fn name_campaign(&mut self, own: Campaign) -> Option<Campaign> {
        match self.dice.below(64) {
            0..6 => Some(own),
            6 => Some(Campaign(self.campaigns.draw(&mut self.dice))),
            7 => Some(self.catalogue.unknown().1),
            _ => None,
        }
    }

    /// Plans the click, or the conversion without click, that an impression leads to.
    fn follow(&mut self, impression: &Impression, due_ms: i64) {
        let clicked = self.dice.hit(self.settings.click_rate);
        let viewed = !clicked && self.dice.hit(self.settings.view_through_rate);
        if !clicked && !viewed {
            return;
        }
        let unknown = self.catalogue.unknown().1;
        let campaign = impression
            .named_campaign
            .filter(|&named| named < unknown)
            .or_else(|| self.catalogue.campaign_of(impression.creative, impression.at_ms))
            .unwrap_or(unknown);
        let user = impression.visit.user;
        let (kind, delay_ms) = if clicked {
            (TrackedKind::Click, delays::to_click_ms(&mut self.dice))
        } else {
            (TrackedKind::Conversion, delays::to_conversion_ms(&mut self.dice))
        };
        let touch = Touch { user, campaign, at_ms: impression.at_ms, impression: Some(impression.number), click: None };
        self.plan(kind, touch, delay_ms, due_ms, false);
    }

    fn plan(&mut self, kind: TrackedKind, touch: Touch, delay_ms: i64, due_ms: i64, orphan: bool) {
        let number = self.tracked;
        self.tracked += 1;
        let value_micros = match kind {
            TrackedKind::Click => 0,
            TrackedKind::Conversion => self.dice.below(100) * 1_000_000,
        };
        let at_ms = touch.at_ms + delay_ms;
        let event = Tracked {
            kind,
            number,
            at_ms,
            user: touch.user,
            campaign: touch.campaign,
            impression: touch.impression.and_then(|number| self.name_touch(number)),
            click: touch.click.and_then(|number| self.name_touch(number)),
            value_micros,
        };
        let due_ms = due_ms.max(at_ms) + self.lag_ms();
        self.pending.push(Reverse(Pending { due_ms, number, event, orphan }));
    }

    fn name_touch(&mut self, number: u64) -> Option<u64> {
        let named = has_own_id(number) && self.dice.hit(self.settings.named_touches);
        let wrong = self.dice.hit(self.settings.wrong_names);
        named.then_some(if wrong { number + 1 } else { number })
    }

    /// Takes a click or conversion off the plan; a click may lead to a conversion, and to an orphan elsewhere.
    fn track(&mut self, Pending { due_ms, event, orphan, .. }: Pending) -> Body {
        self.due_ms = due_ms;
        let Tracked { user, campaign, at_ms, number, impression, .. } = event;
        if event.kind == TrackedKind::Click && !orphan {
            if self.dice.hit(self.settings.conversion_rate) {
                let touch = Touch { user, campaign, at_ms, impression, click: Some(number) };
                let delay_ms = delays::to_conversion_ms(&mut self.dice);
                self.plan(TrackedKind::Conversion, touch, delay_ms, due_ms, false);
            }
            if self.dice.hit(self.settings.orphan_clicks) {
                let touch = self.nowhere(at_ms);
                self.plan(TrackedKind::Click, touch, 0, due_ms, true);
            }
        }
        Body::Tracked(event)
    }

    /// A user and a campaign that need not have met.
    fn nowhere(&mut self, at_ms: i64) -> Touch {
        let user = self.users.draw(&mut self.dice);
        let campaign =
            if self.dice.hit(self.settings.unmapped) { self.catalogue.unknown().1 } else { self.draw_campaign() };
        Touch { user, campaign, at_ms, impression: None, click: None }
    }

    fn look(&mut self) -> Look {
        let form = match self.dice.hit(self.settings.epoch_times) {
            true => TimeForm::Epoch,
            false if self.dice.one_in(8) => TimeForm::Offset,
            false => TimeForm::Utc,
        };
        let currency = match self.dice.hit(self.settings.currency_other) {
            true => Currency::Other,
            false if self.dice.hit(self.settings.currency_present) => Currency::Reporting,
            false => Currency::Absent,
        };
        Look { seed: self.dice.bits(), form, currency }
    }

    fn plan_repeats(&mut self, event: Event) {
        if self.dice.hit(self.settings.duplicates) {
            self.repeats.push(event);
        }
        if self.dice.hit(self.settings.restamped) {
            self.repeats.push(event.restamped(&mut self.dice));
        }
        if self.dice.hit(self.settings.conflicts) {
            self.repeats.push(event.contradicted());
        }
        if self.dice.hit(self.settings.malformed) {
            let look = Look { seed: self.dice.bits(), ..event.look };
            self.repeats.push(Event { look, broken: true, ..event });
        }
    }
}

/// What a click or conversion follows.
struct Touch {
    user: u32,
    campaign: Campaign,
    at_ms: i64,
    impression: Option<u64>,
    click: Option<u64>,
}

#[cfg(test)]
mod tests;
