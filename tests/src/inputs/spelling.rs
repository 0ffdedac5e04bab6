//! The ways to write one and the same record, chosen by a number; 0 is the plain way.

/// Choices, taken one after the other as digits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spelling(u64);

impl Spelling {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A choice of `n`; 0 once the number is used up.
    pub fn take(&mut self, n: u64) -> u64 {
        let choice = self.0 % n;
        self.0 /= n;
        choice
    }

    /// Chosen once in `n`.
    pub fn rarely(&mut self, n: u64) -> bool {
        self.take(n) == n - 1
    }
}
