//! Counts the bytes kept by everything that stores, against one cap.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A cap on stored bytes and what of it is taken.
#[derive(Debug)]
pub(crate) struct Space {
    used: AtomicU64,
    max: u64,
}

/// The cap would be exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no room for {wanted} more bytes: {used} of at most {max} bytes are taken")]
pub(crate) struct NoRoom {
    wanted: u64,
    used: u64,
    max: u64,
}

impl Space {
    pub(crate) fn new(max: u64) -> Self {
        Self { used: AtomicU64::new(0), max }
    }

    /// Takes `bytes`, given back when the reservation is dropped.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: u64) -> Result<Reservation, NoRoom> {
        let mut reservation = Reservation { space: Arc::clone(self), bytes: 0 };
        reservation.grow(bytes)?;
        Ok(reservation)
    }

    /// Takes `bytes` that are there already, even past the cap: then nothing more fits until enough is given back.
    pub(crate) fn take(self: &Arc<Self>, bytes: u64) -> Reservation {
        self.used.fetch_add(bytes, Ordering::AcqRel);
        Reservation { space: Arc::clone(self), bytes }
    }
}

/// Bytes taken from a [`Space`].
#[derive(Debug)]
pub(crate) struct Reservation {
    space: Arc<Space>,
    bytes: u64,
}

impl Reservation {
    /// Takes `wanted` bytes more, or leaves everything as it was.
    pub(crate) fn grow(&mut self, wanted: u64) -> Result<(), NoRoom> {
        let max = self.space.max;
        let fits = |used: u64| used.checked_add(wanted).filter(|sum| *sum <= max);
        match self.space.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits) {
            Ok(_) => {
                self.bytes += wanted;
                Ok(())
            }
            Err(used) => Err(NoRoom { wanted, used, max }),
        }
    }

    /// Gives `bytes` back, at most all of them.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let given_back = bytes.min(self.bytes);
        self.bytes -= given_back;
        self.space.used.fetch_sub(given_back, Ordering::AcqRel);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.space.used.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_reservations_make_room_again() {
        let space = Arc::new(Space::new(10));
        let first = space.reserve(6).expect("fits");
        assert_eq!(space.reserve(5).expect_err("over the cap"), NoRoom { wanted: 5, used: 6, max: 10 });
        drop(first);
        assert_eq!(space.reserve(10).expect("fits again").bytes, 10);
    }

    #[test]
    fn what_is_there_already_counts_even_past_the_cap() {
        let space = Arc::new(Space::new(10));
        let mut there = space.take(15);
        assert!(space.reserve(1).is_err());
        there.shrink(6);
        assert_eq!(space.reserve(1).expect("fits now").bytes, 1);
        there.shrink(u64::MAX);
        assert_eq!(space.used.load(Ordering::Acquire), 0);
    }

    #[test]
    fn a_refused_growth_takes_nothing() {
        let space = Arc::new(Space::new(10));
        let mut held = space.reserve(10).expect("fits");
        assert!(held.grow(u64::MAX).is_err());
        drop(held);
        assert_eq!(space.used.load(Ordering::Acquire), 0);
    }
}
