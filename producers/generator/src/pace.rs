//! Live traffic: no record is written before its time, and soon after it can be read.

use adx_events::time::Millis;

/// Records of one tick are written together, once it has passed: files are flushed ten times a second, however many records there are.
const TICK_MS: i64 = 100;

/// Says how time passes.
pub trait Clock {
    /// Returns once so much time has passed since the traffic began.
    fn wait_until(&mut self, since_start: Millis);
}

/// Which ticks have been waited for.
#[derive(Debug)]
pub(crate) struct Pace {
    start_ms: i64,
    passed: Millis,
}

impl Pace {
    pub(crate) fn new(start_ms: i64) -> Self {
        Self { start_ms, passed: Millis(0) }
    }

    /// What has to have passed before a record due then is written, unless it has.
    pub(crate) fn wait_before(&mut self, due_ms: i64) -> Option<Millis> {
        let end_of_tick = Millis(((due_ms - self.start_ms).div_euclid(TICK_MS) + 1) * TICK_MS);
        let later = end_of_tick > self.passed;
        self.passed = self.passed.max(end_of_tick);
        later.then_some(end_of_tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tick_is_waited_for_once_and_to_its_end() {
        let mut pace = Pace::new(5_000);
        let waits: Vec<_> = [5_000, 5_099, 5_100, 5_050, 5_450, 5_300].map(|due| pace.wait_before(due)).into();
        assert_eq!(waits, [Some(Millis(100)), None, Some(Millis(200)), None, Some(Millis(500)), None]);
    }
}
