//! Measures the sink core: records a second and CPU-seconds a million through `push`, from decoded verdicts, over a realistic mix.
//!
//! `cargo run -p adx-correlation --example measure_core [RUNS]`: 1 million impressions, 2 million bid requests and 60,000 clicks and conversions in two hours of
//! event time with 20 s of disorder, three sources a topic, 2 % duplicates. The median of the runs is told, and settling with reading the points by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adx_correlation::{CONVERSION_TYPES, Catalogue, Outcome, Settings, Shard, StreamRecord};
use adx_events::fingerprint::{Content, Identity, UserHash};
use adx_events::key::{Kind, RecordKey};
use adx_events::money::Micros;
use adx_events::offset::{Offset, Partition, PartitionCount, Seq};
use adx_events::time::{DAY_MS, EventTime, HOUR_MS, Millis};
use adx_events::topic::Topic;
use adx_events::verdict::{self, Bid, Common, Impression, Tracked, Verdict};

const START_MS: i64 = 20_000 * DAY_MS + 9 * HOUR_MS;
const SPAN_MS: i64 = 2 * HOUR_MS;
const DISORDER_MS: u64 = 20_000;
const IMPRESSIONS: u64 = 1_000_000;
const BIDS: u64 = 2_000_000;
const TRACKED: u64 = 60_000;
const USERS: u64 = 200_000;
const CAMPAIGNS: u64 = 30;
const CREATIVES: u64 = 120;
const EXCHANGES: [&str; 6] = ["adgear", "rubicon", "open market", "appnexus", "pubmatic", "exchange=é,1"];
/// Records made before they are pushed, so that making them is not measured.
const CHUNK: u64 = 4_096;
/// Records warmed before the first of them is pushed.
const WARMED: usize = 16;
/// Records of one source in a row.
const BATCH: u64 = 500;

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
}

/// A record before it is borrowed from.
struct Made {
    topic: Topic,
    key: String,
    offset: Offset,
    common: Common,
    id: String,
    name: String,
    kind: &'static str,
}

/// Makes the records of one run, in the order of their logs.
struct Source {
    random: Random,
    made: u64,
    offsets: [u64; Topic::ALL.len()],
    seqs: [[u64; 3]; Topic::ALL.len()],
}

impl Source {
    fn new() -> Self {
        Self { random: Random(1), made: 0, offsets: [0; 3], seqs: [[0; 3]; 3] }
    }

    fn next(&mut self) -> Option<Made> {
        const TOTAL: u64 = IMPRESSIONS + BIDS + TRACKED;
        if self.made == TOTAL {
            return None;
        }
        let due = START_MS + (i128::from(SPAN_MS) * i128::from(self.made) / i128::from(TOTAL)) as i64;
        self.made += 1;
        let topic = match self.random.below(TOTAL) {
            0..IMPRESSIONS => Topic::Impressions,
            n if n < IMPRESSIONS + BIDS => Topic::Bids,
            _ => Topic::Clicks,
        };
        // Sources take turns by the batch, as they publish.
        let (source, copy) = ((self.made / BATCH % 3) as usize, self.random.below(50) == 0);
        let number = if copy { self.offsets[topic.index()] / 2 } else { self.offsets[topic.index()] };
        Some(self.record(topic, source, number, due))
    }

    /// The record made from a number: equal numbers give copies of one event, but for the time of the later.
    fn record(&mut self, topic: Topic, source: usize, number: u64, due: i64) -> Made {
        let seq = &mut self.seqs[topic.index()][source];
        let path = format!("adx-run/{}/part-{source:02}", topic.input());
        let key =
            RecordKey { kind: Kind::Record, topic, partition: Partition(0), seq: Seq(*seq), read_ms: 0, source: &path };
        *seq += 1;
        let offset = Offset(self.offsets[topic.index()]);
        self.offsets[topic.index()] += 1;
        let mut own = Random(number << 2 | topic.index() as u64);
        let identity = Identity(u128::from(own.next()) << 64 | u128::from(own.next()));
        let user = UserHash::of(&own.below(USERS).to_le_bytes());
        let late = self.random.below(DISORDER_MS) as i64;
        let at = EventTime::from_ms(due - late).expect("a day after 2000");
        let (name, kind) = match topic {
            Topic::Impressions => (format!("cr-{:05}", own.below(CREATIVES)), ""),
            Topic::Clicks => {
                (format!("cmp-{:04}", own.below(CAMPAIGNS)), if own.below(6) > 0 { "click" } else { "purchase" })
            }
            Topic::Bids => (EXCHANGES[own.below(6) as usize].to_owned(), ""),
        };
        let common = Common { at, identity, content: Content(number), user };
        Made { topic, key: key.to_string(), offset, common, id: format!("id-{number}"), name, kind }
    }
}

impl Made {
    fn record(&self) -> StreamRecord<'_> {
        StreamRecord {
            key: Some(self.key.as_bytes()),
            verdict: Verdict { offset: self.offset, outcome: self.outcome() },
        }
    }

    fn outcome(&self) -> verdict::Outcome<'_> {
        let (common, amount) = (self.common, Micros::from_micros(1_000).expect("a sum of money"));
        match (self.topic, self.kind) {
            (Topic::Impressions, _) => verdict::Outcome::Impression(self.impression(amount)),
            (Topic::Bids, _) => verdict::Outcome::Bid(Bid {
                common,
                floor: amount,
                slots: 2,
                user_id: "u",
                auction_id: &self.id,
                exchange: &self.name,
                country: "DEU",
                device: "tv",
                website: "news.example",
            }),
            (Topic::Clicks, "click") => verdict::Outcome::Click(self.tracked(amount)),
            (Topic::Clicks, _) => verdict::Outcome::Conversion(self.tracked(amount)),
        }
    }

    fn impression(&self, cost: Micros) -> Impression<'_> {
        Impression {
            common: self.common,
            cost,
            test: false,
            bot: false,
            viewable: None,
            user_id: "u",
            impression_id: &self.id,
            auction_id: "",
            creative: &self.name,
            campaign: "",
            website: "news.example",
            country: "DEU",
            device: "tv",
        }
    }

    fn tracked(&self, value: Micros) -> Tracked<'_> {
        Tracked {
            common: self.common,
            value,
            user_id: "u",
            event_id: &self.id,
            campaign: &self.name,
            kind: self.kind,
            impression_id: "",
            click_id: "",
        }
    }
}

fn shard() -> Shard {
    let head = "ad_creative_id,campaign_id,advertiser_id\n".to_owned();
    let rows = (0..CREATIVES).map(|n| format!("cr-{n:05},cmp-{:04},adv-0\n", n % CAMPAIGNS));
    let catalogue = Catalogue::parse((head + &rows.collect::<String>()).as_bytes()).expect("a sound catalogue");
    let settings = Settings {
        click_window: Millis(24 * HOUR_MS),
        conversion_window: Millis(7 * DAY_MS),
        view_window: Millis(24 * HOUR_MS),
        window: Millis(60_000),
        partition: Partition(0),
        partitions: PartitionCount::ONE,
        conversion_types: CONVERSION_TYPES.map(str::to_owned).to_vec(),
        state_bytes_max: 8 << 30,
    };
    Shard::new(settings, Arc::new(catalogue))
}

/// What one run took.
struct Taken {
    records: u64,
    accepted: u64,
    pushing: Duration,
    points: Duration,
    state_bytes: u64,
}

fn run() -> Taken {
    let (mut shard, mut source) = (shard(), Source::new());
    let (mut pushing, mut accepted, mut records) = (Duration::ZERO, 0, 0);
    loop {
        let made: Vec<Made> = (0..CHUNK).map_while(|_| source.next()).collect();
        let chunk: Vec<_> = made.iter().map(|m| (m.topic, m.record())).collect();
        if chunk.is_empty() {
            break;
        }
        let start = cpu_time();
        for group in chunk.chunks(WARMED) {
            group.iter().for_each(|(topic, record)| shard.warm(*topic, &record.verdict));
            for (topic, record) in group {
                accepted += u64::from(shard.push(*topic, *record) == Ok(Outcome::Accepted));
            }
        }
        pushing += cpu_time() - start;
        records += chunk.len() as u64;
    }
    let start = cpu_time();
    shard.points().for_each(drop);
    Taken { records, accepted, pushing, points: cpu_time() - start, state_bytes: shard.state_bytes() }
}

/// CPU time of this thread where the system tells it, else the time that has passed: a busy machine must not count.
fn cpu_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let passed = START.get_or_init(Instant::now).elapsed();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ns = told.and_then(|text| text.split(' ').next()?.parse().ok());
    ns.map_or(passed, Duration::from_nanos)
}

fn main() {
    let runs = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(5usize).max(1);
    let mut taken: Vec<_> = (0..runs).map(|_| run()).collect();
    taken.sort_by_key(|t| t.pushing);
    let median = &taken[runs / 2];
    let seconds = median.pushing.as_secs_f64();
    println!("{} records, {} accepted; median of {runs} runs, CPU time", median.records, median.accepted);
    println!(
        "  push    {:>6.0} ns a record, {:.0} records/s",
        seconds * 1e9 / median.records as f64,
        median.records as f64 / seconds
    );
    println!("  points  {:>6.3} s", median.points.as_secs_f64());
    println!("  state   {:>6.1} MiB by its own estimate", median.state_bytes as f64 / f64::from(1 << 20));
}
