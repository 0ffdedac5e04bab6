//! The spans of one creative while a catalogue is read: never two campaigns at one time.

use std::collections::BTreeMap;

use crate::catalogue::{CampaignIndex, RowNumber};

/// From when (inclusive) to when (exclusive), ms since the epoch, a creative belongs to a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) since: i64,
    pub(crate) until: i64,
    pub(crate) campaign: CampaignIndex,
}

/// Disjoint spans in order of time; those of one campaign that overlap are one.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    by_since: BTreeMap<i64, Span>,
    rows: Vec<(Span, RowNumber)>,
}

impl Spans {
    /// Adds a span, or gives the first row that it contradicts.
    pub(crate) fn add(&mut self, span: Span, row: RowNumber) -> Result<(), RowNumber> {
        // Each merge removes a span, so that n spans cost n log n in all.
        let mut merged = span;
        while let Some(met) = self.last_that_meets(&merged) {
            if met.campaign != span.campaign {
                return Err(self.first_row_against(&span));
            }
            self.by_since.remove(&met.since);
            merged.since = merged.since.min(met.since);
            merged.until = merged.until.max(met.until);
        }
        self.by_since.insert(merged.since, merged);
        self.rows.push((span, row));
        Ok(())
    }

    /// In order of time.
    pub(crate) fn into_sorted(self) -> impl Iterator<Item = Span> {
        self.by_since.into_values()
    }

    fn last_that_meets(&self, span: &Span) -> Option<Span> {
        self.by_since.range(..span.until).next_back().map(|(_, s)| *s).filter(|s| s.until > span.since)
    }

    fn first_row_against(&self, span: &Span) -> RowNumber {
        let against = |s: &Span| s.campaign != span.campaign && span.since < s.until && s.since < span.until;
        self.rows
            .iter()
            .find(|(s, _)| against(s))
            .map(|(_, row)| *row)
            .expect("a merged span meets only what its rows meet")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_list(given in proptest::collection::vec((0..20i64, 1..8i64, 0..2u32), 0..14), now in 0..30i64) {
            let (mut spans, mut model) = (Spans::default(), Vec::<(Span, RowNumber)>::new());
            for (n, (since, length, campaign)) in given.into_iter().enumerate() {
                let span = Span { since, until: since + length, campaign: CampaignIndex::of_test(campaign) };
                let row = RowNumber(n as u64);
                let against = model.iter().find(|(s, _)| span.since < s.until && s.since < span.until && s.campaign != span.campaign);
                prop_assert_eq!(spans.add(span, row), against.map_or(Ok(()), |(_, row)| Err(*row)));
                if against.is_some() {
                    return Ok(());
                }
                model.push((span, row));
            }
            let holds = |s: &Span| s.since <= now && now < s.until;
            let sorted: Vec<_> = spans.into_sorted().collect();
            prop_assert!(sorted.windows(2).all(|pair| pair[0].until <= pair[1].since));
            let found = sorted.into_iter().find(holds).map(|s| s.campaign);
            prop_assert_eq!(found, model.iter().find(|(s, _)| holds(s)).map(|(s, _)| s.campaign));
        }
    }
}
