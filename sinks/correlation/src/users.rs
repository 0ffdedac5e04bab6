//! Distinct users of a window, out of the journeys alone: a user counts with the first impression in it.

use adx_events::time::{Millis, WindowStart};

use crate::journey::{Story, Touch};

/// Counts a story's new impressions: gives each window in which the user had none before, and leaves the impressions ascending in time.
pub(crate) fn settle(story: &mut Story, width: Millis, mut first_in: impl FnMut(WindowStart)) {
    let (old, new) = story.impressions.split_at_mut(story.settled);
    // Stable sorts here and below: they see the ascending runs that arrivals mostly are.
    new.sort_by_key(Touch::at);
    let mut last = None;
    for touch in new.iter() {
        let window = touch.at().floor_to(width);
        if last != Some(window) && !has_touch_in(old, window, width) {
            first_in(window);
        }
        last = Some(window);
    }
    if !new.is_empty() {
        story.impressions.sort_by_key(Touch::at);
    }
    story.settled = story.impressions.len();
}

fn has_touch_in(ascending: &[Touch], window: WindowStart, width: Millis) -> bool {
    let next = ascending.partition_point(|t| t.at().as_ms() < window.as_ms());
    ascending.get(next).is_some_and(|t| t.at().floor_to(width) == window)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use adx_events::time::EventTime;
    use proptest::prelude::*;

    use super::*;
    use crate::journey::Name;

    proptest! {
        #[test]
        fn each_window_is_given_once(batches in proptest::collection::vec(proptest::collection::vec(0..100i64, 0..6), 0..12)) {
            let (mut story, mut given, width) = (Story::default(), Vec::new(), Millis(10));
            let mut model = BTreeSet::new();
            for batch in batches {
                for at in batch {
                    let at = EventTime::from_ms(EventTime::MIN.as_ms() + at).unwrap();
                    model.insert(at.floor_to(width));
                    story.impressions.push(Touch::new(at, Name::of("")));
                }
                settle(&mut story, width, |window| given.push(window));
                given.sort();
                prop_assert_eq!(&given, &model.iter().copied().collect::<Vec<_>>());
                prop_assert!(story.impressions.is_sorted_by_key(Touch::at));
            }
        }
    }
}
