//! Which segments have had their time.

use std::time::Duration;

use crate::frame::UnixMillis;

/// What retention looks at in a segment that is no longer appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Bytes of its payloads.
    pub bytes: u64,
    /// When its latest frame was appended.
    pub newest: UnixMillis,
}

/// How long and how much a log keeps. It gives up whole segments, oldest first, and never the one it appends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// A segment goes when its latest frame is older; `None` is for ever.
    pub age: Option<Duration>,
    /// Segments go while the payloads of the log have more bytes; `None` is without limit.
    pub bytes: Option<u64>,
}

impl Retention {
    /// How many of the `sealed` segments, from the oldest on, a log with `active_bytes` beside them gives up at `now`.
    pub fn given_up(&self, sealed: impl Iterator<Item = Sealed> + Clone, active_bytes: u64, now: UnixMillis) -> usize {
        let expired = sealed.clone().take_while(|segment| self.is_expired(segment.newest, now)).count();
        expired.max(self.in_excess(sealed, active_bytes))
    }

    fn is_expired(&self, newest: UnixMillis, now: UnixMillis) -> bool {
        self.age.is_some_and(|age| u128::from(now.0.saturating_sub(newest.0)) > age.as_millis())
    }

    fn in_excess(&self, sealed: impl Iterator<Item = Sealed> + Clone, active_bytes: u64) -> usize {
        let Some(max) = self.bytes else { return 0 };
        let mut total = sealed.clone().map(|segment| segment.bytes).sum::<u64>() + active_bytes;
        let goes = |segment: &Sealed| {
            let excess = total > max;
            total -= segment.bytes;
            excess
        };
        sealed.take_while(goes).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segments() -> impl Strategy<Value = Vec<Sealed>> {
        let segment =
            (1..1_000u64, 0..1_000u64).prop_map(|(bytes, newest)| Sealed { bytes, newest: UnixMillis(newest) });
        prop::collection::vec(segment, 0..8)
    }

    proptest! {
        #[test]
        fn as_few_go_as_bring_the_log_within_its_limits(sealed in segments(), active in 0..1_000u64, age in prop::option::of(0..800u64), bytes in prop::option::of(0..4_000u64), now in 0..1_500u64) {
            let retention = Retention { age: age.map(Duration::from_millis), bytes };
            let gone = retention.given_up(sealed.iter().copied(), active, UnixMillis(now));
            // The naive form: after how many is nothing wrong any more with the front?
            let fits = |from: usize| bytes.is_none_or(|max| sealed[from..].iter().map(|s| s.bytes).sum::<u64>() + active <= max);
            let young = |from: usize| age.is_none_or(|age| sealed.get(from).is_none_or(|s| s.newest.0 + age >= now));
            let naive = (0..=sealed.len()).find(|from| fits(*from)).unwrap_or(sealed.len());
            let naive_age = (0..=sealed.len()).find(|from| young(*from)).unwrap_or(sealed.len());
            prop_assert_eq!(gone, naive.max(naive_age));
        }
    }

    #[test]
    fn without_limits_everything_stays() {
        let sealed = [Sealed { bytes: u64::MAX / 2, newest: UnixMillis(0) }];
        assert_eq!(Retention::default().given_up(sealed.into_iter(), 0, UnixMillis(u64::MAX)), 0);
    }
}
