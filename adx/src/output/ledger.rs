//! `ledger.json`: what was read at the edge, and what the sink says became of it.

use std::path::Path;

use adx_correlation::Counts;
use adx_events::topic::Topic;
use anyhow::Context;
use serde::Serialize;

use super::replace::Replacement;

/// The account of one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Account {
    /// The edge's own count.
    pub read: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub late: u64,
    pub missing: u64,
}

impl Account {
    /// The edge's count beside the sink's.
    pub fn new(read: u64, counts: &Counts) -> Self {
        let Counts { accepted, duplicate, rejected, late, missing, .. } = *counts;
        Self { read, accepted, duplicate, rejected, late, missing }
    }

    /// Whether every record read is accounted for, exactly once.
    pub fn balances(&self) -> bool {
        self.read == self.accepted + self.duplicate + self.rejected + self.late + self.missing
    }
}

/// The accounts of all topics, under the names of their input directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Ledger {
    pub impressions: Account,
    pub clicks: Account,
    pub bids: Account,
}

impl Ledger {
    /// The ledger from the account of each topic.
    pub fn new(account: impl Fn(Topic) -> Account) -> Self {
        Self { impressions: account(Topic::Impressions), clicks: account(Topic::Clicks), bids: account(Topic::Bids) }
    }

    pub fn accounts(&self) -> [(Topic, &Account); 3] {
        [(Topic::Impressions, &self.impressions), (Topic::Clicks, &self.clicks), (Topic::Bids, &self.bids)]
    }

    pub fn balances(&self) -> bool {
        self.accounts().iter().all(|(_, account)| account.balances())
    }

    /// Writes `ledger.json`.
    pub fn write(&self, out: &Path) -> anyhow::Result<()> {
        let mut file = Replacement::begin(out, "ledger.json")?;
        serde_json::to_writer_pretty(&mut file, self).context("write ledger.json")?;
        std::io::Write::write_all(&mut file, b"\n").context("write ledger.json")?;
        file.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_nowhere_unbalances() {
        let account = Account { read: 6, accepted: 1, duplicate: 1, rejected: 1, late: 1, missing: 2 };
        assert!(account.balances());
        assert!(!Account { read: 7, ..account }.balances());
    }
}
