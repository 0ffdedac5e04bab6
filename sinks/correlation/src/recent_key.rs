//! The key of the record before: most records have the same but for the number, and need not be parsed then.

use adx_events::offset::Seq;

/// A raw key that is ours, cut where its number stands, and the source it is of.
#[derive(Debug, Default)]
pub(crate) struct RecentKey {
    head: Vec<u8>,
    /// From behind the number on; empty where there is no key yet.
    tail: Vec<u8>,
    source: usize,
}

impl RecentKey {
    /// Of a key that reads: `kind:topic:partition:seq:read:source`.
    pub(crate) fn of(raw: &[u8], source: usize) -> Self {
        let mut colons = raw.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
        match (colons.nth(2), colons.next()) {
            (Some(before), Some(after)) => Self { head: raw[..=before].to_vec(), tail: raw[after..].to_vec(), source },
            (_, _) => Self::default(),
        }
    }

    /// The source and the number of a key that differs from this in its number alone.
    pub(crate) fn same_but_seq(&self, raw: &[u8]) -> Option<(usize, Seq)> {
        if self.tail.is_empty() {
            return None;
        }
        let digits = raw.strip_prefix(&*self.head)?.strip_suffix(&*self.tail)?;
        number(digits).map(|seq| (self.source, Seq(seq)))
    }
}

/// Up to 19 canonical decimal digits; longer ones are rare enough to be parsed.
fn number(digits: &[u8]) -> Option<u64> {
    let canonical = matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.len() <= 19;
    let add = |sum: u64, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0'));
    canonical.then(|| digits.iter().try_fold(0, add)).flatten()
}

#[cfg(test)]
mod tests {
    use adx_events::key::RecordKey;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn says_what_parsing_says_or_nothing(
            known in "r1:[ic]:[0-2]:[0-9]{1,3}:[0-9]:[a-c:0]{1,3}",
            head in "r1:[ic]:[0-2]:", digits in "(0|[0-9]{1,3}|1844674407370955161[0-9]|[0-9]{20,22}|-1|\\+1|)", tail in ":[0-9]:[a-c:0]{1,3}",
        ) {
            prop_assume!(RecordKey::parse(known.as_bytes()).is_some());
            let recent = RecentKey::of(known.as_bytes(), 3);
            let own_parts = known.splitn(5, ':').collect::<Vec<_>>();
            let same = format!("{}{digits}:{}", own_parts[..3].iter().map(|p| format!("{p}:")).collect::<String>(), own_parts[4]);
            for raw in [same.clone(), format!("{head}{digits}{tail}")] {
                let parsed = RecordKey::parse(raw.as_bytes());
                if let Some(found) = recent.same_but_seq(raw.as_bytes()) {
                    prop_assert_eq!(Some(found), parsed.map(|key| (3, key.seq)));
                    prop_assert_eq!(&raw, &same);
                }
            }
            let parsed = RecordKey::parse(same.as_bytes()).map(|key| (3, key.seq));
            prop_assert_eq!(recent.same_but_seq(same.as_bytes()), parsed.filter(|_| digits.len() < 20));
        }
    }
}
