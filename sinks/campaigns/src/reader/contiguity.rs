//! Which offset comes next: the one rule that makes a lossy stream whole.

use adx_events::offset::Offset;

/// The place of a record against the next one wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// The one wanted; the next is wanted from now on.
    Next,
    /// Had before, or before the start.
    Before,
    /// Records between the one wanted and this one are missing.
    Gap,
}

/// The first offset not yet seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contiguity(Offset);

impl From<Offset> for Contiguity {
    fn from(start: Offset) -> Self {
        Self(start)
    }
}

impl Contiguity {
    pub(super) fn next(self) -> Offset {
        self.0
    }

    /// Judges a record by its true offset.
    pub(super) fn judge(&mut self, offset: Offset) -> Judged {
        match offset.cmp(&self.0) {
            std::cmp::Ordering::Less => Judged::Before,
            std::cmp::Ordering::Equal => {
                self.0 = Offset(offset.0 + 1);
                Judged::Next
            }
            std::cmp::Ordering::Greater => Judged::Gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_arrives_what_is_taken_is_contiguous(start in 0..20u64, arrivals in prop::collection::vec(0..40u64, 0..200)) {
            let mut contiguity = Contiguity::from(Offset(start));
            let taken: Vec<_> = arrivals.iter().copied().filter(|o| contiguity.judge(Offset(*o)) == Judged::Next).collect();
            let naive: Vec<_> = (start..).take(taken.len()).collect();
            prop_assert_eq!(&taken, &naive);
            prop_assert_eq!(contiguity.next(), Offset(start + taken.len() as u64));
        }

        #[test]
        fn a_lossy_stream_reopened_at_every_gap_gives_all(count in 1..60u64, losses in prop::collection::vec(0..60u64, 0..40)) {
            let (mut contiguity, mut losses, mut taken) = (Contiguity::from(Offset(0)), losses.into_iter(), Vec::new());
            while contiguity.next() < Offset(count) {
                let lost = losses.next(); // each stream loses one record, the last ones none
                for offset in (contiguity.next().0.saturating_sub(3)..count).filter(|o| Some(*o) != lost) {
                    match contiguity.judge(Offset(offset)) {
                        Judged::Next => taken.push(offset),
                        Judged::Before => {}
                        Judged::Gap => break,
                    }
                }
            }
            prop_assert_eq!(taken, (0..count).collect::<Vec<_>>());
        }
    }
}
