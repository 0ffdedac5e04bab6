//! One event to write, and how a repeat of it differs.

use adx_events::time::{DAY_MS, HOUR_MS};
use adx_events::topic::Topic;

use crate::catalogue::{Campaign, Creative};
use crate::dice::Dice;
use crate::text::TimeForm;
use crate::visit::Visit;

/// What a record says of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Currency {
    Absent,
    Reporting,
    Other,
}

impl Currency {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Currency::Absent => "",
            Currency::Reporting => "USD",
            Currency::Other => "EUR",
        }
    }
}

/// How a record is written; a copy has the look of its original.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) seed: u64,
    pub(crate) form: TimeForm,
    pub(crate) currency: Currency,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Impression {
    pub(crate) number: u64,
    pub(crate) visit: Visit,
    pub(crate) at_ms: i64,
    pub(crate) creative: Creative,
    pub(crate) named_campaign: Option<Campaign>,
    pub(crate) cost_micros: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Tracked {
    pub(crate) kind: TrackedKind,
    pub(crate) number: u64,
    pub(crate) at_ms: i64,
    pub(crate) user: u32,
    pub(crate) campaign: Campaign,
    /// Numbers of the touches that it names.
    pub(crate) impression: Option<u64>,
    pub(crate) click: Option<u64>,
    pub(crate) value_micros: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrackedKind {
    Click,
    Conversion,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Bid {
    pub(crate) number: u64,
    pub(crate) visit: Visit,
    pub(crate) at_ms: i64,
    pub(crate) floor_micros: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    Impression(Impression),
    Tracked(Tracked),
    Bid(Bid),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) body: Body,
    pub(crate) look: Look,
    /// Written so that it must be rejected; the look's seed chooses how.
    pub(crate) broken: bool,
}

/// Every sixteenth event has no id of its own.
pub(crate) fn has_own_id(number: u64) -> bool {
    number % 16 != 15
}

impl Event {
    pub(crate) fn topic(&self) -> Topic {
        match self.body {
            Body::Impression(_) => Topic::Impressions,
            Body::Tracked(_) => Topic::Clicks,
            Body::Bid(_) => Topic::Bids,
        }
    }

    fn at_ms_mut(&mut self) -> &mut i64 {
        match &mut self.body {
            Body::Impression(Impression { at_ms, .. })
            | Body::Tracked(Tracked { at_ms, .. })
            | Body::Bid(Bid { at_ms, .. }) => at_ms,
        }
    }

    /// The same id at another time: within the span that an id holds for, or just over it.
    pub(crate) fn restamped(mut self, dice: &mut Dice) -> Self {
        let span_ms = if self.topic() == Topic::Bids { HOUR_MS } else { DAY_MS };
        let at_ms = self.at_ms_mut();
        *at_ms = if dice.one_in(2) {
            *at_ms - at_ms.rem_euclid(span_ms) + dice.between(0, span_ms - 1)
        } else {
            *at_ms + span_ms
        };
        self
    }

    /// The same event with other content.
    pub(crate) fn contradicted(mut self) -> Self {
        match &mut self.body {
            Body::Impression(impression) => impression.cost_micros += 1,
            Body::Tracked(tracked) => tracked.value_micros += 1,
            Body::Bid(bid) => bid.floor_micros += 1,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Campaign;

    #[test]
    fn a_restamped_click_stays_in_its_day_or_goes_to_the_next() {
        let look = Look { seed: 0, form: TimeForm::Utc, currency: Currency::Absent };
        let tracked = Tracked {
            kind: TrackedKind::Click,
            number: 1,
            at_ms: 1_772_324_400_000,
            user: 1,
            campaign: Campaign(0),
            impression: None,
            click: None,
            value_micros: 0,
        };
        let event = Event { body: Body::Tracked(tracked), look, broken: false };
        let mut dice = Dice::new(3);
        let days: Vec<i64> = (0..64).map(|_| event.restamped(&mut dice).at_ms_mut().div_euclid(DAY_MS)).collect();
        let day = tracked.at_ms.div_euclid(DAY_MS);
        assert!(days.contains(&day) && days.contains(&(day + 1)));
        assert!(days.iter().all(|d| (day..=day + 1).contains(d)));
    }
}
