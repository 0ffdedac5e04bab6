//! Recognises a datum that is already what the topic holds: the reader's schema, every number in its fewest bytes, every list in one block.
//!
//! Such a datum is published as it stands. Anything else is none of this file's business: [`super::extract`] takes it apart.

use adx_events::RECORD_BYTES_MAX;
use adx_events::bid::SCHEMA;
use adx_events::fingerprint::UserHash;

use super::plan::Plan;
use super::schema::Schema;

/// A datum of `bid-request.avsc` in its canonical form, of at most [`RECORD_BYTES_MAX`] bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Canonical<'d> {
    pub(super) datum: &'d [u8],
    auction_id: &'d [u8],
    user_id: &'d [u8],
}

/// Whether data of this plan may be canonical: its values are those of `bid-request.avsc`, in their order.
pub(super) fn is_possible(plan: &Plan) -> bool {
    Schema::read(SCHEMA).is_some_and(|reader| Plan::resolve(&reader) == *plan)
}

impl<'d> Canonical<'d> {
    /// The datum at the front, if it is canonical.
    pub(super) fn read(datums: &'d [u8]) -> Option<Self> {
        let mut rest = Rest(datums);
        let auction_id = rest.text()?;
        rest.number()?; // timestamp
        let user_id = rest.text()?;
        for _country_device_exchange in 0..3 {
            rest.text()?;
        }
        rest.number()?; // floor_micros
        rest.text()?; // currency
        i32::try_from(rest.number()?).ok()?; // slots
        rest.text()?; // website
        for _categories_keywords in 0..2 {
            rest.texts()?;
        }
        let datum = &datums[..datums.len() - rest.0.len()];
        (datum.len() <= RECORD_BYTES_MAX).then_some(Self { datum, auction_id, user_id })
    }

    /// The user, or the auction where there is none.
    pub(super) fn user(&self) -> Option<UserHash> {
        [self.user_id, self.auction_id].into_iter().find(|id| !id.is_empty()).map(UserHash::of)
    }
}

/// The bytes not yet read.
struct Rest<'d>(&'d [u8]);

impl<'d> Rest<'d> {
    /// A long in its fewest bytes.
    fn number(&mut self) -> Option<i64> {
        let mut value = 0u64;
        for (i, byte) in self.0.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if *byte < 0x80 {
                let overflows = i == 9 && *byte > 1;
                let has_fewer = i > 0 && *byte == 0;
                self.0 = &self.0[i + 1..];
                return (!overflows && !has_fewer).then_some((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'d [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        (text.is_ascii() || std::str::from_utf8(text).is_ok()).then_some(text)
    }

    /// A list of texts in one block, its end included.
    fn texts(&mut self) -> Option<()> {
        let count = self.number()?;
        if count == 0 {
            return Some(());
        }
        for _ in 0..u64::try_from(count).ok()? {
            self.text()?;
        }
        (self.number()? == 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::{Extractor, Outcome};
    use super::super::tests::bids;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bid_as_it_is_in_the_topic_is_canonical(bid in bids(), after in prop::collection::vec(any::<u8>(), 0..9)) {
            let datum = bid.datum();
            let datums = [&datum[..], &after].concat();
            prop_assert_eq!(Canonical::read(&datums).map(|found| found.datum), Some(&datum[..]));
        }

        #[test]
        fn whatever_is_canonical_is_extracted_as_it_stands(
            bid in bids(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..4),
        ) {
            let mut datums = bid.datum();
            for (at, byte, insert) in changes {
                let at = at.index(datums.len());
                if insert { datums.insert(at, byte) } else { datums[at] = byte }
            }
            let schema = Schema::read(SCHEMA).unwrap();
            let plan = Plan::resolve(&schema);
            prop_assert!(is_possible(&plan));
            if let Some(canonical) = Canonical::read(&datums) {
                let mut out = Vec::new();
                let (outcome, length) = Extractor::default().take_apart(&plan, &schema, &datums, &mut out);
                let Outcome::Bid { user } = outcome else { panic!("{canonical:?}") };
                prop_assert_eq!(user, canonical.user());
                prop_assert_eq!((&out[10..], length), (canonical.datum, canonical.datum.len()));
            }
        }
    }

    #[test]
    fn what_is_not_canonical() {
        let canonical = |schema: &str| is_possible(&Plan::resolve(&Schema::read(schema).unwrap()));
        assert!(!canonical(&SCHEMA.replace("country", "land")));
        assert!(!canonical(&SCHEMA.replace("\"int\"", "[\"int\"]")));
        let number = |bytes: &[u8]| Rest(bytes).number();
        assert_eq!([number(&[2]), number(&[0x80, 1]), number(&[1])], [Some(1), Some(64), Some(-1)]);
        assert_eq!([number(&[0x82, 0]), number(&[0x80]), number(&[0xff; 10])], [None; 3]);
        // no item; one block of one; of a count and a size; of two blocks
        for (list, is_canonical) in
            [(&[0][..], true), (&[2, 2, b'a', 0], true), (&[1, 4, 2, b'a', 0], false), (&[2, 0, 2, 0, 0], false)]
        {
            assert_eq!(Rest(list).texts().is_some(), is_canonical, "{list:?}");
        }
    }
}
