//! How long to wait before the next attempt: doubling from a least to a greatest wait.

use std::time::Duration;

/// Waits that double from `min` to `max`.
#[derive(Debug, Clone)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, next: min.min(max) }
    }

    /// The wait before the next attempt.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.max);
        wait
    }

    /// Starts over: the last attempt succeeded.
    pub fn reset(&mut self) {
        self.next = self.min.min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_greatest_and_start_over() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(10), ms(35));
        let mut waits: Vec<_> = (0..4).map(|_| backoff.next_wait()).collect();
        backoff.reset();
        waits.push(backoff.next_wait());
        assert_eq!(waits, [ms(10), ms(20), ms(35), ms(35), ms(10)]);
    }
}
