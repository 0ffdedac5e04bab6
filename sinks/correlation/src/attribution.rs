//! Which click an impression explains, and which touch a conversion is credited to (semantics.md, Attribution).
//!
//! A journey is judged anew, as a whole, whenever it has grown and totals are asked for; what differs from the last judgement is given out.
//! So order of arrival cannot matter, and a journey of n events costs n log n a time however they came.

use adx_events::time::{EventTime, Millis};

use crate::journey::{Conversion, Name, Responses};
use crate::views::Touch;

/// How far back a touch may lie, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// From a click to its impression.
    pub click: Millis,
    /// From a conversion to its click.
    pub conversion: Millis,
    /// From a conversion to its impression.
    pub view: Millis,
}

/// The touch that a conversion is credited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credit {
    None,
    Click(EventTime),
    View(EventTime),
}

/// What differs from the last judgement.
#[derive(Debug)]
pub(crate) enum Change<'a> {
    /// A click has found its impression; it never loses it again.
    ClickAttributed(EventTime),
    /// A conversion, still with its credit as counted so far, goes over to another.
    Credited(&'a Conversion, Credit),
}

/// Judges journeys; reused to spare allocation.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    views: Touches,
    clicks: Touches,
}

impl Judge {
    /// Judges what a journey has beside its impressions and gives every change; the responses then hold the new judgement.
    /// Impressions out of every response's reach may be among the views or not.
    pub(crate) fn settle(
        &mut self,
        responses: &mut Responses,
        reach: Reach,
        views: impl FnOnce(&mut dyn FnMut(Touch)),
        mut change: impl FnMut(Change<'_>),
    ) {
        self.views.fill(views);
        for click in responses.clicks.iter_mut().filter(|c| !c.attributed) {
            click.attributed = self.views.latest(click.impression, click.at, reach.click).is_some();
            if click.attributed {
                change(Change::ClickAttributed(click.at));
            }
        }
        if responses.conversions.is_empty() {
            return;
        }
        self.clicks.fill(|add| responses.clicks.iter().for_each(|c| add(Touch { at: c.at, own: c.own })));
        for conversion in &mut responses.conversions {
            let credit = self.credit(conversion, reach);
            if conversion.credit != Some(credit) {
                change(Change::Credited(conversion, credit));
                conversion.credit = Some(credit);
            }
        }
    }

    /// A click wins; a click named and not found leaves the view.
    fn credit(&self, conversion: &Conversion, reach: Reach) -> Credit {
        let by_click = self.clicks.latest(conversion.click, conversion.at, reach.conversion);
        let by_view = || self.views.latest(conversion.impression, conversion.at, reach.view);
        by_click.map(Credit::Click).or_else(|| by_view().map(Credit::View)).unwrap_or(Credit::None)
    }
}

/// Times of possible touches, all and by their own id. Among touches of one time it makes no difference to any total which is the latest.
#[derive(Debug, Default)]
struct Touches {
    times: Vec<EventTime>,
    named: Vec<(Name, EventTime)>,
}

impl Touches {
    fn fill(&mut self, touches: impl FnOnce(&mut dyn FnMut(Touch))) {
        self.times.clear();
        self.named.clear();
        touches(&mut |Touch { at, own }| {
            self.times.push(at);
            if !own.is_absent() {
                self.named.push((own, at));
            }
        });
        self.times.sort();
        self.named.sort_unstable();
    }

    /// The latest within `[at - span, at]`; where a name is given, of that name or none.
    fn latest(&self, name: Name, at: EventTime, span: Millis) -> Option<EventTime> {
        let found = if name.is_absent() {
            let after = self.times.partition_point(|t| *t <= at);
            after.checked_sub(1).map(|i| self.times[i])
        } else {
            let after = self.named.partition_point(|n| *n <= (name, at));
            after.checked_sub(1).map(|i| self.named[i]).filter(|n| n.0 == name).map(|n| n.1)
        };
        found.filter(|t| t.as_ms() >= at.minus(span))
    }
}

#[cfg(test)]
mod tests {
    use adx_events::money::Micros;
    use proptest::prelude::*;

    use super::*;
    use crate::journey::{Click, KindIndex};

    fn at(ms: i64) -> EventTime {
        EventTime::from_ms(EventTime::MIN.as_ms() + ms).unwrap()
    }

    fn name(n: u8) -> Name {
        Name::of(["", "a", "b"][usize::from(n)])
    }

    proptest! {
        #[test]
        fn the_latest_touch_is_that_of_a_plain_search(
            touches in proptest::collection::vec((0..12i64, 0..3u8), 0..12), wanted in 0..3u8, now in 0..14i64, span in 0..6i64,
        ) {
            let mut index = Touches::default();
            index.fill(|add| touches.iter().for_each(|(t, own)| add(Touch { at: at(*t), own: name(*own) })));
            let plain = touches.iter().filter(|(t, own)| (now - span..=now).contains(t) && (wanted == 0 || *own == wanted)).map(|t| at(t.0)).max();
            prop_assert_eq!(index.latest(name(wanted), at(now), Millis(span)), plain);
        }
    }

    #[test]
    fn a_better_touch_that_comes_later_moves_the_credit() {
        let conversion = Conversion {
            at: at(100),
            value: Micros::default(),
            click: name(0),
            impression: name(0),
            kind: KindIndex(0),
            credit: None,
        };
        let (mut responses, mut views) = (Responses::default(), Vec::new());
        responses.conversions.push(conversion);
        let reach = Reach { click: Millis(50), conversion: Millis(50), view: Millis(50) };
        let play = |responses: &mut Responses, views: &[Touch]| {
            let mut seen = Vec::new();
            let give = |add: &mut dyn FnMut(Touch)| views.iter().copied().for_each(add);
            Judge::default().settle(responses, reach, give, |change| {
                if let Change::Credited(conversion, to) = change {
                    seen.push((conversion.credit, to));
                }
            });
            seen
        };
        assert_eq!(play(&mut responses, &views), [(None, Credit::None)]);
        views.push(Touch { at: at(90), own: name(0) });
        assert_eq!(play(&mut responses, &views), [(Some(Credit::None), Credit::View(at(90)))]);
        assert_eq!(play(&mut responses, &views), []);
        let click = |ms| Click { at: at(ms), own: name(0), impression: name(0), attributed: false };
        responses.clicks.push(click(50));
        assert_eq!(play(&mut responses, &views), [(Some(Credit::View(at(90))), Credit::Click(at(50)))]);
        responses.clicks.push(click(60));
        assert_eq!(play(&mut responses, &views), [(Some(Credit::Click(at(50))), Credit::Click(at(60)))]);
    }
}
