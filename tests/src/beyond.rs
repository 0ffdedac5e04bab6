//! Small inputs that `oracle.py` has no word on, with answers derived by hand from contract.md.

mod blocks;
mod catalogues;
mod packed;
mod schemas;

use std::collections::BTreeMap;

use crate::avro::{long, text};
use crate::expected::{CAMPAIGN_WINDOWS, DEMAND_WINDOWS, Expected, Ledger, Reasons, TOUCH_WINDOWS, Table};
use crate::inputs::InputFile;

pub use catalogues::refused_catalogues;

/// 2026-03-01T00:20:00Z, when every sound record here happens.
const AT_MS: i64 = 1_772_324_400_000;
const WINDOW: &str = "2026-03-01T00:20:00.000Z";

/// An input and what has to come of it.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: &'static str,
    pub files: Vec<InputFile>,
    /// Records of each topic that count.
    pub accepted: [u64; 3],
    /// Dead letters of each topic.
    pub rejected: [&'static [(&'static str, u64)]; 3],
    /// The file that could not be read whole, by the path's end: the exit code is then 1 and the file is named.
    pub cut: Option<&'static str>,
}

impl Case {
    /// Every record here counts alike: bids one slot and a floor of 5, clicks and impressions nothing but themselves.
    pub fn expected(&self) -> Expected {
        let [impressions, clicks, bids] = self.accepted.map(|n| n as i64);
        let mut campaign = Table { shape: CAMPAIGN_WINDOWS, rows: BTreeMap::new() };
        if impressions + clicks > 0 {
            let row = vec![impressions, impressions, 0, clicks, 0, 0, 0, 0, 0];
            campaign.rows.insert((WINDOW.to_owned(), "A".to_owned()), row);
        }
        let mut demand = Table { shape: DEMAND_WINDOWS, rows: BTreeMap::new() };
        if bids > 0 {
            demand.rows.insert((WINDOW.to_owned(), "x".to_owned()), vec![bids, bids, 5 * bids]);
        }
        let touch = Table { shape: TOUCH_WINDOWS, rows: BTreeMap::new() };
        let reasons: [Reasons; 3] =
            self.rejected.map(|list| list.iter().map(|&(reason, n)| (reason.to_owned(), n)).collect());
        let ledger = |topic: usize| {
            let (accepted, rejected) = (self.accepted[topic], reasons[topic].values().sum());
            Ledger { read: accepted + rejected, accepted, rejected, ..Ledger::default() }
        };
        Expected { tables: [campaign, touch, demand], ledgers: [ledger(0), ledger(1), ledger(2)], reasons }
    }

    fn of(name: &'static str, path: &[u8], bytes: Vec<u8>) -> Self {
        let catalogue = b"ad_creative_id,campaign_id,advertiser_id\nk,A,adv\n".to_vec();
        let files = vec![(b"campaigns.csv".to_vec(), catalogue), (path.to_vec(), bytes)];
        Self { name, files, accepted: [0; 3], rejected: [&[]; 3], cut: None }
    }

    /// A file of impressions.
    fn lines(name: &'static str, path: &str, bytes: Vec<u8>, accepted: u64) -> Self {
        Self { accepted: [accepted, 0, 0], ..Self::of(name, path.as_bytes(), bytes) }
    }

    /// A file of bid requests.
    fn bids(name: &'static str, bytes: Vec<u8>, accepted: u64, rejected: &'static [(&'static str, u64)]) -> Self {
        Self { accepted: [0, 0, accepted], rejected: [&[], &[], rejected], ..Self::of(name, b"bids/a.avro", bytes) }
    }
}

/// Every case.
pub fn cases() -> Vec<Case> {
    [packed::cases(), blocks::cases(), schemas::cases()].concat()
}

/// A sound impression's line, without its end.
fn line(user: u32) -> Vec<u8> {
    format!(r#"{{"ad_creative_id":"k","user_id":"u{user}","timestamp":{AT_MS},"website":"s"}}"#).into_bytes()
}

/// A sound bid request in the reader's schema.
fn bid(auction: u32) -> Vec<u8> {
    bid_with(auction, b"site.example", &[])
}

fn bid_with(auction: u32, website: &[u8], keywords: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, format!("auction {auction}"));
    long(&mut out, AT_MS);
    ["user", "USA", "tv", "x"].iter().for_each(|field| text(&mut out, field));
    long(&mut out, 5);
    text(&mut out, "");
    long(&mut out, 1);
    text(&mut out, website);
    long(&mut out, 0);
    if !keywords.is_empty() {
        long(&mut out, keywords.len() as i64);
        keywords.iter().for_each(|word| text(&mut out, word));
    }
    long(&mut out, 0);
    out
}
