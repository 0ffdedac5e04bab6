//! What was sent to one partition, and what of it was acknowledged.

use std::collections::VecDeque;

use super::chance::Chance;
use super::law;

/// When a producer has done its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It goes on with fresh batches until the server is gone.
    Killed,
    /// Nothing fresh; when all it had sent before is acknowledged.
    AllAcknowledged,
}

/// One attempt to store a batch.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    pub batch: u64,
    /// The offset of its first record, if it came back.
    pub acknowledged: Option<i64>,
}

/// All attempts, in the order in which they were sent. An attempt is known by its place.
pub struct Sent {
    seed: u64,
    partition: u32,
    batches: u64,
    attempts: Vec<Attempt>,
    /// Those that the log held when it was last read.
    found: Vec<usize>,
    /// Batches to send again, and whether fresh ones follow.
    again: VecDeque<u64>,
    end: End,
}

impl Sent {
    pub fn new(seed: u64, partition: u32) -> Self {
        let (attempts, found, again) = (Vec::new(), Vec::new(), VecDeque::new());
        Self { seed, partition, batches: 0, attempts, found, again, end: End::Killed }
    }

    pub fn partition(&self) -> u32 {
        self.partition
    }

    /// A producer starts that knows of no acknowledgement under way.
    pub fn begin(&mut self, end: End) {
        let is_acknowledged =
            |batch: u64| self.attempts.iter().any(|sent| sent.batch == batch && sent.acknowledged.is_some());
        self.again = (0..self.batches).filter(|batch| !is_acknowledged(*batch)).collect();
        self.end = end;
    }

    /// The next attempt, and the values of its records.
    pub fn next_attempt(&mut self) -> Option<(usize, Vec<Vec<u8>>)> {
        let batch = match (self.again.pop_front(), self.end) {
            (Some(batch), End::Killed | End::AllAcknowledged) => batch,
            (None, End::AllAcknowledged) => return None,
            (None, End::Killed) => {
                self.batches += 1;
                self.batches - 1
            }
        };
        let attempt = self.attempts.len();
        self.attempts.push(Attempt { batch, acknowledged: None });
        Some((attempt, self.values(attempt)))
    }

    pub fn acknowledge(&mut self, attempt: usize, base: i64) {
        self.attempts[attempt].acknowledged = Some(base);
    }

    /// One to eight records, of up to 40 kB each, that begin with the attempt's number.
    fn values(&self, attempt: usize) -> Vec<Vec<u8>> {
        let batch = self.attempts[attempt].batch;
        let mut chance = Chance::new(self.seed ^ (batch << 8) ^ u64::from(self.partition));
        let records = 1 + chance.below(8);
        let value = |record| {
            let mut value = format!("{attempt} {batch} {record} of {records}: ").into_bytes();
            let length = chance.below(40_000);
            value.extend(chance.bytes(length as usize));
            value
        };
        (0..records).map(value).collect()
    }

    /// Holds the log against the law.
    pub fn check(&mut self, log: &[Vec<u8>]) {
        let found = law::attempts_in(log, &self.attempts, |attempt| self.values(attempt)).unwrap();
        assert!(found.starts_with(&self.found), "what was found before: {:?}, now: {found:?}", self.found);
        self.found = found;
    }

    /// Every batch is there, however often it was sent.
    pub fn check_complete(&self) {
        let is_there = |batch| self.found.iter().any(|attempt| self.attempts[*attempt].batch == batch);
        assert!((0..self.batches).all(is_there));
    }

    pub fn summary(&self) -> String {
        let acknowledged = self.attempts.iter().filter(|sent| sent.acknowledged.is_some()).count();
        format!(
            "partition {}: {} batches sent in {} attempts, {acknowledged} acknowledged, {} stored",
            self.partition,
            self.batches,
            self.attempts.len(),
            self.found.len()
        )
    }
}
