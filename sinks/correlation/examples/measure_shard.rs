//! Measures a shard: records a second through `push`, settling, and bytes of state an impression.
//!
//! `cargo run -p adx-correlation --example measure_shard [many|busy|full|one|one-tenfold]`. Of a single load the resident memory is told too, where there is
//! a /proc to read it from. In `full` the hash tables are about to grow, in `many` and `busy` they just have.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adx_correlation::{CONVERSION_TYPES, Catalogue, Settings, Shard, StreamRecord};
use adx_events::fingerprint::{Content, Identity, UserHash};
use adx_events::key::{Kind, RecordKey};
use adx_events::money::Micros;
use adx_events::offset::{Offset, Partition, PartitionCount, Seq};
use adx_events::time::{DAY_MS, EventTime, HOUR_MS, Millis};
use adx_events::topic::Topic;
use adx_events::verdict::{Common, Impression, Outcome, Tracked, Verdict};

const START_MS: i64 = 20_000 * DAY_MS;
const CREATIVES: u64 = 500;
const PAGE_BYTES: u64 = 4_096;

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn common(&mut self, users: u64) -> Common {
        let ms = START_MS + self.below(DAY_MS as u64) as i64;
        Common {
            at: EventTime::from_ms(ms).expect("a day after 2000"),
            identity: Identity(u128::from(self.next()) << 64 | u128::from(self.next())),
            content: Content(self.next()),
            user: UserHash::of(&self.below(users).to_le_bytes()),
        }
    }
}

/// What is pushed.
struct Load {
    impressions: u64,
    tracked: u64,
    users: u64,
    campaigns: u64,
}

struct Feed {
    shard: Shard,
    random: Random,
    load: Load,
    seqs: [u64; 2],
    pushing: Duration,
}

impl Feed {
    fn new(load: Load) -> Self {
        let head = "ad_creative_id,campaign_id,advertiser_id\n".to_owned();
        let rows = (0..CREATIVES).map(|n| format!("cr-{n},cmp-{},adv-0\n", n % load.campaigns));
        let catalogue = Catalogue::parse((head + &rows.collect::<String>()).as_bytes()).expect("a sound catalogue");
        let settings = Settings {
            click_window: Millis(24 * HOUR_MS),
            conversion_window: Millis(7 * DAY_MS),
            view_window: Millis(24 * HOUR_MS),
            window: Millis(60_000),
            partition: Partition(0),
            partitions: PartitionCount::new(1).expect("one"),
            conversion_types: CONVERSION_TYPES.map(str::to_owned).to_vec(),
            state_bytes_max: 8 << 30,
        };
        let shard = Shard::new(settings, Arc::new(catalogue));
        Self { shard, random: Random(1), load, seqs: [0; 2], pushing: Duration::ZERO }
    }

    fn impression(&mut self) {
        let common = self.random.common(self.load.users);
        let (id, creative) = (format!("imp-{}", self.random.next()), format!("cr-{}", self.random.below(CREATIVES)));
        let impression = Impression {
            common,
            cost: Micros::default(),
            test: false,
            bot: false,
            viewable: None,
            user_id: "",
            impression_id: &id,
            auction_id: "",
            creative: &creative,
            campaign: "",
            website: "w",
            country: "",
            device: "",
        };
        self.push(Topic::Impressions, Outcome::Impression(impression));
    }

    fn tracked(&mut self) {
        let common = self.random.common(self.load.users);
        let (id, campaign) =
            (format!("ev-{}", self.random.next()), format!("cmp-{}", self.random.below(self.load.campaigns)));
        let click = !self.seqs[1].is_multiple_of(6);
        let kind = if click { "click" } else { "purchase" };
        let tracked = Tracked {
            common,
            value: Micros::default(),
            user_id: "",
            event_id: &id,
            campaign: &campaign,
            kind,
            impression_id: "",
            click_id: "",
        };
        let outcome = if click { Outcome::Click(tracked) } else { Outcome::Conversion(tracked) };
        self.push(Topic::Clicks, outcome);
    }

    fn push(&mut self, topic: Topic, outcome: Outcome<'_>) {
        let n = self.seqs[topic.index()];
        self.seqs[topic.index()] += 1;
        let key = RecordKey {
            kind: Kind::Record,
            topic,
            partition: Partition(0),
            seq: Seq(n),
            read_ms: 0,
            source: "edge-1/stdin",
        };
        let key = key.to_string();
        let record = StreamRecord { key: Some(key.as_bytes()), verdict: Verdict { offset: Offset(n), outcome } };
        let start = Instant::now();
        self.shard.push(topic, record).expect("room for all");
        self.pushing += start.elapsed();
    }

    fn run(mut self, title: &str, alone: bool) {
        let before = resident_bytes();
        let (mut impressions, mut tracked) = (self.load.impressions, self.load.tracked);
        while impressions + tracked > 0 {
            if self.random.below(impressions + tracked) < impressions {
                impressions -= 1;
                self.impression();
            } else {
                tracked -= 1;
                self.tracked();
            }
        }
        let all = self.load.impressions + self.load.tracked;
        println!("{title}: {all} records");
        println!(
            "  push      {:>7.0} ns a record, {:.0} records/s",
            self.pushing.as_secs_f64() * 1e9 / all as f64,
            all as f64 / self.pushing.as_secs_f64()
        );
        let settle = Instant::now();
        let points = self.shard.points().count();
        println!(
            "  points    {points} in {:.3} s, again in {:.3} s",
            settle.elapsed().as_secs_f64(),
            again(&mut self.shard)
        );
        let per = |bytes: u64| bytes / self.load.impressions.max(1);
        println!("  estimate  {} bytes an impression", per(self.shard.state_bytes()));
        // An earlier load leaves memory behind that is used again.
        if let (true, Some(before), Some(after)) = (alone, before, resident_bytes()) {
            println!("  resident  {} bytes an impression", per(after.saturating_sub(before)));
        }
    }
}

fn again(shard: &mut Shard) -> f64 {
    let start = Instant::now();
    shard.points().for_each(drop);
    start.elapsed().as_secs_f64()
}

fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    pages.split(' ').nth(1)?.parse::<u64>().ok().map(|pages| pages * PAGE_BYTES)
}

fn main() {
    let load = |impressions, tracked, users, campaigns| Load { impressions, tracked, users, campaigns };
    let loads = [
        ("many", load(1_000_000, 60_000, 200_000, 20)),
        ("busy", load(1_000_000, 60_000, 20_000, 20)),
        ("full", load(1_700_000, 60_000, 20_000, 20)),
        ("one", load(50_000, 50_000, 1, 1)),
        ("one-tenfold", load(500_000, 500_000, 1, 1)),
    ];
    let chosen = std::env::args().nth(1);
    for (name, load) in loads {
        if chosen.as_deref().is_none_or(|chosen| chosen == name) {
            Feed::new(load).run(name, chosen.is_some());
        }
    }
}
