//! What a text asks, where it is one that the stand-in answers; told by writing the text anew and comparing it.

use crate::campaign::{Question, Scope};
use crate::level::Level;
use crate::parts::Reading;
use crate::{Query, UnknownQuery};

/// A question that can be answered exactly from the points of one measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Every point, as stored.
    Points { query: Query, bucket: String },
    /// [`Question::Totals`] of one level.
    Totals { scope: Scope, level: Level },
    /// [`Question::Freshness`] of one level.
    Freshness { scope: Scope, level: Level },
}

impl Asked {
    /// What `text` asks, byte for byte.
    pub fn parse(text: &str) -> Result<Self, UnknownQuery> {
        if let Ok((query, bucket)) = Query::parse(text) {
            return Ok(Self::Points { query, bucket });
        }
        let scope = Scope::of_text(text).ok_or(UnknownQuery)?;
        let Reading::Only(level) = scope.reading else { return Err(UnknownQuery) };
        match text {
            _ if Question::Totals.text(&scope).is_ok_and(|asked| text == asked) => Ok(Self::Totals { scope, level }),
            _ if Question::Freshness.text(&scope).is_ok_and(|asked| text == asked) => {
                Ok(Self::Freshness { scope, level })
            }
            _ => Err(UnknownQuery),
        }
    }
}

#[cfg(test)]
mod tests {
    use adx_events::time::EventTime;
    use proptest::prelude::*;

    use super::*;
    use crate::buckets::Buckets;
    use crate::parts::TimeRange;

    fn scopes() -> impl Strategy<Value = (Scope, Level)> {
        let instant = || EventTime::MIN.as_ms()..EventTime::END.as_ms();
        let level = prop::sample::select(Level::ALL.to_vec());
        ("[a-z0-9][a-z0-9_-]{0,8}", prop::option::of(any::<String>()), instant(), instant(), level).prop_filter_map(
            "a range that is not empty",
            |(prefix, campaign, start, stop, level)| {
                let instant = |ms| EventTime::from_ms(ms).unwrap();
                let range = TimeRange::new(instant(start), instant(stop))?;
                let buckets = Buckets::of(&prefix).unwrap();
                Some((Scope { buckets, campaign, range, reading: Reading::Only(level) }, level))
            },
        )
    }

    proptest! {
        #[test]
        fn a_text_tells_what_it_asks((scope, level) in scopes()) {
            let text = |question: Question| question.text(&scope).unwrap();
            prop_assert_eq!(Asked::parse(&text(Question::Totals)), Ok(Asked::Totals { scope: scope.clone(), level }));
            let fresh = Asked::parse(&text(Question::Freshness));
            let Ok(Asked::Freshness { scope: asked, level: of }) = fresh else { panic!("{fresh:?}") };
            prop_assert_eq!(of, level);
            // It looks further back than it is asked to, where a level's windows are long.
            prop_assert!(asked.range.start <= scope.range.start && asked.range.stop == scope.range.stop);
            prop_assert_eq!(Scope { range: scope.range, ..asked }, scope.clone());
            prop_assert_eq!(Asked::parse(&text(Question::Funnel)), Err(UnknownQuery));
        }

        #[test]
        fn a_text_with_one_change_asks_something_else_or_nothing((scope, _) in scopes(), at in any::<prop::sample::Index>(), letter in any::<char>()) {
            let mut letters: Vec<char> = Question::Totals.text(&scope).unwrap().chars().collect();
            let at = at.index(letters.len());
            prop_assume!(letters[at] != letter);
            letters[at] = letter;
            match Asked::parse(&String::from_iter(&letters)) {
                Ok(Asked::Totals { scope: other, .. }) => prop_assert_ne!(other, scope),
                Ok(other) => prop_assert!(false, "{:?}", other),
                Err(UnknownQuery) => {}
            }
        }
    }
}
