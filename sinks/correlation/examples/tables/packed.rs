//! The sink's own tables.

use adx_correlation::identity::{Identities, Standing};
use adx_correlation::views::Views;
use adx_events::time::{DAY_MS, EventTime, Millis};

use super::layout::Layout;
use super::traffic::View;

pub struct Packed {
    identities: Identities,
    views: Views,
}

impl Layout for Packed {
    fn new() -> Self {
        Self { identities: Identities::new(Millis(DAY_MS), 5), views: Views::new(Millis(60_000), 5) }
    }

    fn warm(&self, view: &View) {
        self.identities.warm(&view.common);
        self.views.warm(view.key, view.touch.at);
    }

    fn insert(&mut self, view: &View) {
        if self.identities.accept(&view.common).0 == Standing::New {
            self.views.add(view.key, view.touch);
        }
    }

    fn look_up(&self, view: &View) -> u64 {
        let (from, to) = (view.touch.at.as_ms() - DAY_MS, view.touch.at.as_ms());
        let mut found = 0;
        self.views.each(view.key, from, to, |touch| found += u64::from((from..=to).contains(&touch.at.as_ms())));
        found
    }

    fn drop_first_day(&mut self) -> bool {
        let second = EventTime::from_ms(20_001 * DAY_MS).expect("a day after 2000");
        self.identities.drop_before(second) > 0 && self.views.drop_before(second) > 0
    }
}
