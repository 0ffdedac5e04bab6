//! A moment of producing.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::chance::Chance;
use super::segment::Segments;
use crate::PATIENCE;

/// After so many acknowledgements, and what then.
#[derive(Debug)]
pub struct Moment {
    acknowledgements: u64,
    then: Then,
}

#[derive(Debug)]
enum Then {
    /// Some time later.
    After(Duration),
    /// As soon as this partition grows.
    AtGrowthOf(Segments),
}

impl Moment {
    pub fn draw(chance: &mut Chance, segments: &Segments) -> Self {
        let then = match chance.below(2) {
            0 => Then::After(Duration::from_micros(chance.below(5_000))),
            _ => Then::AtGrowthOf(segments.clone()),
        };
        Self { acknowledgements: 1 + chance.below(50), then }
    }

    pub async fn wait(self, mut acknowledged: watch::Receiver<u64>) {
        acknowledged.wait_for(|count| *count >= self.acknowledgements).await.unwrap();
        match self.then {
            Then::After(pause) => tokio::time::sleep(pause).await, // waits for nothing: it is the moment itself
            Then::AtGrowthOf(segments) => tokio::task::spawn_blocking(move || growth(&segments)).await.unwrap(),
        }
    }
}

/// Looks without a rest: a write takes some microseconds.
fn growth(segments: &Segments) {
    let (before, begun) = (segments.end(), Instant::now());
    while segments.end() == before {
        assert!(begun.elapsed() < PATIENCE, "{segments:?} does not grow");
    }
}
