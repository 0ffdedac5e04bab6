//! Which standardised records are wanted.

use adx_events::key::Mark;
use adx_events::verdict::{Outcome, Verdict};
use adx_smartmodule_abi::Params;

/// What a record must be; an absent condition holds for all.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    kind: Option<String>,
    campaign: Option<String>,
    website: Option<String>,
    country: Option<String>,
    verdict: Option<String>,
    mark: Option<String>,
}

/// The features of a record that conditions look at; empty where it has none.
#[derive(Default)]
struct Features<'a> {
    kind: &'a str,
    campaign: &'a str,
    website: &'a str,
    country: &'a str,
    verdict: &'a str,
}

impl Filter {
    pub(crate) fn of(params: &Params) -> Self {
        let text = |name: &str| params.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
        Self {
            kind: text("type"),
            campaign: text("campaign"),
            website: text("website"),
            country: text("country"),
            verdict: text("verdict"),
            mark: text("mark"),
        }
    }

    /// Whether a record is wanted; one that is no verdict matches only a filter that looks at no verdict.
    pub(crate) fn matches(&self, verdict: Option<&Verdict<'_>>, mark: Mark) -> bool {
        let features = verdict.map(features).unwrap_or_default();
        let mark = match mark {
            Mark::None => "none",
            Mark::RepeatOf(_) => "repeat",
            Mark::Resend => "resend",
        };
        let conditions = [
            (&self.kind, features.kind),
            (&self.campaign, features.campaign),
            (&self.website, features.website),
            (&self.country, features.country),
            (&self.verdict, features.verdict),
            (&self.mark, mark),
        ];
        conditions.iter().all(|(wanted, has)| wanted.as_deref().is_none_or(|wanted| wanted == *has))
    }
}

fn features<'a>(verdict: &Verdict<'a>) -> Features<'a> {
    let accepted = |kind| Features { kind, verdict: "accepted", ..Features::default() };
    match &verdict.outcome {
        Outcome::Resend => Features { verdict: "resend", ..Features::default() },
        Outcome::Rejected { .. } => Features { verdict: "rejected", ..Features::default() },
        Outcome::Impression(e) => {
            Features { campaign: e.campaign, website: e.website, country: e.country, ..accepted("impression") }
        }
        Outcome::Click(e) => Features { campaign: e.campaign, ..accepted("click") },
        Outcome::Conversion(e) => Features { campaign: e.campaign, ..accepted("conversion") },
        Outcome::Bid(e) => Features { website: e.website, country: e.country, ..accepted("bid") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adx_events::offset::Offset;
    use adx_events::standardise::{RawRecord, Rules, Standardiser};
    use adx_events::topic::Topic;

    #[test]
    fn conditions_are_joined_by_and() {
        let line = br#"{"ad_creative_id":"c","user_id":"u","website":"w","country":"USA","campaign_id":"x","timestamp":1772324400000}"#;
        let wanted = |params: &[(&str, &str)], value: &[u8]| {
            let filter = Filter::of(&params.iter().copied().collect());
            let record = RawRecord { offset: Offset(0), key: None, value };
            Standardiser::new(Topic::Impressions, Rules::default())
                .judge(record, |v| filter.matches(Some(v), Mark::RepeatOf(Offset(0))))
        };
        let table: [(&[(&str, &str)], bool); 7] = [
            (&[], true),
            (&[("type", "impression"), ("country", "USA"), ("website", "w"), ("campaign", "x")], true),
            (&[("country", "CAN")], false),
            (&[("type", "impression"), ("country", "CAN")], false),
            (&[("mark", "repeat"), ("verdict", "accepted")], true),
            (&[("mark", "none")], false),
            (&[("verdict", "rejected")], false),
        ];
        for (params, expected) in table {
            assert_eq!(wanted(params, line), expected, "{params:?}");
        }
        assert!(wanted(&[("verdict", "rejected")], b"{"));
        assert!(Filter::default().matches(None, Mark::None));
    }
}
