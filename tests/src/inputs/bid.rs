//! Bid requests in sound Avro container files, in many block layouts.

use proptest::prelude::*;
use proptest::sample::select;

use super::alphabet::{CURRENCIES, SITES, STEMS, USERS, first, mostly};
use super::spelling::Spelling;
use super::{Item, Mood, items, without_conflicts};
use crate::avro::{BID_REQUEST, Block, Codec, container, long, text};

/// A bid request's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bid {
    pub auction: &'static str,
    pub at_ms: i64,
    pub user: &'static str,
    pub exchange: &'static str,
    pub floor: i64,
    pub currency: &'static str,
    pub slots: i32,
    pub site: &'static str,
    pub words: &'static [&'static str],
}

const AUCTIONS: [&str; 4] = ["1", "2", "\u{e9}", ""];
const EXCHANGES: [&str; 9] = ["x", "y", "a,\"b\"", "=\u{e9} ", "\\x", "", "x\\", "x\u{1f}", "\u{7f}"];
const EXCHANGES_SOUND: usize = 5;
const FLOORS: [i64; 6] = [0, 5, 1_000_000_000_000, 1_000_000_000_001, -1, i64::MIN];
const SLOTS: [i32; 5] = [0, 1, i32::MAX, -1, i32::MIN];
const TIMES_BAD: [i64; 4] = [946_684_799_999, 4_102_444_800_000, -1, i64::MAX];
const WORDS: [&[&str]; 4] = [&[], &["w"], &["w", "\u{e9}"], &["\u{e9}", "w"]];

fn bid(instants: &[i64]) -> impl Strategy<Value = Bid> + use<> {
    let at = prop_oneof![
        40 => select(instants.to_vec()),
        1 => select(vec![946_684_800_000, 4_102_444_799_999]),
        1 => select(&TIMES_BAD[..]),
    ];
    let user = prop_oneof![6 => first(&USERS), 1 => Just("")];
    let numbers = (mostly(&FLOORS, 3), prop_oneof![9 => mostly(&CURRENCIES, 2), 1 => Just("EUR")], mostly(&SLOTS, 3));
    let ids = (mostly(&AUCTIONS, 3), at, user, mostly(&EXCHANGES, EXCHANGES_SOUND));
    (ids, numbers, select(&SITES[..]), select(&WORDS[..])).prop_map(|(ids, numbers, site, words)| {
        let ((auction, at_ms, user, exchange), (floor, currency, slots)) = (ids, numbers);
        Bid { auction, at_ms, user, exchange, floor, currency, slots, site, words }
    })
}

impl Bid {
    /// The datum; arrays may be cut into blocks with or without their size.
    pub fn datum(&self, mut spelling: Spelling) -> Vec<u8> {
        let mut out = Vec::new();
        text(&mut out, self.auction);
        long(&mut out, self.at_ms);
        [self.user, "USA", "tv", self.exchange].iter().for_each(|field| text(&mut out, field));
        long(&mut out, self.floor);
        text(&mut out, self.currency);
        long(&mut out, i64::from(self.slots));
        text(&mut out, self.site);
        array(&mut out, self.words, spelling.take(3));
        array(&mut out, &[], spelling.take(3));
        out
    }
}

/// One block, a block per item, or a block with its size in bytes.
fn array(out: &mut Vec<u8>, words: &[&str], layout: u64) {
    let per_block = if layout == 1 { 1 } else { words.len().max(1) };
    for block in words.chunks(per_block) {
        let mut bytes = Vec::new();
        block.iter().for_each(|word| text(&mut bytes, word));
        let count = block.len() as i64;
        long(out, if layout == 2 { -count } else { count });
        if layout == 2 {
            long(out, bytes.len() as i64);
        }
        out.extend_from_slice(&bytes);
    }
    long(out, 0);
}

/// A container file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidFile {
    /// Below `bids/`.
    pub name: String,
    pub deflate: bool,
    pub per_block: usize,
    pub items: Vec<Item<Bid>>,
}

impl BidFile {
    pub fn bytes(&self) -> Vec<u8> {
        let data: Vec<Vec<u8>> = self
            .items
            .iter()
            .map(|item| match item {
                Item::Record(bid, spelling) => bid.datum(*spelling),
                Item::Raw(datum) => datum.clone(),
            })
            .collect();
        let codec = if self.deflate { Codec::Deflate } else { Codec::Null };
        let blocks: Vec<Block> = data.chunks(self.per_block.max(1)).map(|data| Block::of(data, codec)).collect();
        container(BID_REQUEST, codec.name(), &blocks)
    }
}

/// The smallest datum that can be: every text empty, every number 0.
const RAW: [&[u8]; 1] = [&[0; 12]];

pub(super) fn files(mood: Mood, instants: &[i64]) -> impl Strategy<Value = Vec<BidFile>> + use<> {
    let pool = prop::collection::vec(bid(instants), 1..12).prop_map(move |pool| match mood {
        Mood::Wild => pool,
        Mood::Tame => without_conflicts(pool, |bid| (bid.user, bid.auction, bid.at_ms.div_euclid(3_600_000))),
    });
    pool.prop_flat_map(|pool| {
        prop::collection::vec((items(pool, &RAW[..], 12), any::<bool>(), any::<bool>(), 1..6usize), 0..4)
    })
    .prop_map(|files| {
        let named = files.into_iter().zip(STEMS).map(|((items, deflate, gz, per_block), stem)| {
            let name = format!("{stem}.avro{}", if gz { ".gz" } else { "" });
            BidFile { name, deflate, per_block, items }
        });
        named.collect()
    })
}
