//! Events out of tiny alphabets, so that collisions, ties, names and every edge of a window or day are common; and how they become records.

use adx_correlation::{Catalogue, Settings, StreamRecord};
use adx_events::fingerprint::{Fields, UserHash};
use adx_events::key::{Kind, Mark, RecordKey, StreamKey};
use adx_events::money::Micros;
use adx_events::offset::{Offset, Partition, PartitionCount, Seq};
use adx_events::time::{DAY_MS, EventTime, HOUR_MS, Millis};
use adx_events::topic::Topic;
use adx_events::verdict::{self, Bid, Common, Impression, Tracked, Verdict};
use proptest::prelude::*;
use proptest::sample::select;

pub const USERS: [&str; 3] = ["u0", "u1", "u2"];
/// `c9` is not in the catalogue.
pub const CAMPAIGNS: [&str; 4] = ["", "c0", "c1", "c9"];
const CREATIVES: [&str; 4] = ["r0", "r1", "r2", "r9"];
const NAMES: [&str; 3] = ["", "n1", "n2"];
pub const KINDS: [&str; 3] = ["signup", "purchase", "survey"];
const EXCHANGES: [&str; 2] = ["x0", "x1"];

/// A day begins.
pub const MIDNIGHT: i64 = 20_000 * DAY_MS;

pub const CLICK_MS: i64 = 90_000;
pub const CONVERSION_MS: i64 = 150_000;
pub const VIEW_MS: i64 = 60_000;
const WIDTH_MS: i64 = 60_000;

const INSTANTS: [i64; 16] = [
    -150_000, -90_001, -90_000, -60_001, -60_000, -59_999, -1, 0, 1, 30_000, 59_999, 60_000, 60_001, 90_000, 90_001,
    150_000,
];

/// Whose creative changes hands at midnight is r1.
pub const CATALOGUE: &str = "ad_creative_id,campaign_id,advertiser_id,valid_from,valid_to\n\
    r0,c0,v0,,\nr1,c0,v0,,1728000000000\nr1,c1,v1,1728000000000,\nr2,c1,v1,1727999910000,1728000060000\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Space {
    Impression,
    Click,
    Conversion,
    Bid,
}

/// An event of any kind; fields that its kind lacks stand idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub space: Space,
    pub user: &'static str,
    pub at: i64,
    pub own: &'static str,
    pub campaign: &'static str,
    pub creative: &'static str,
    pub kind: &'static str,
    pub impression_id: &'static str,
    pub click_id: &'static str,
    pub exchange: &'static str,
    pub amount: i64,
    pub flag: bool,
}

impl Event {
    pub fn topic(&self) -> Topic {
        match self.space {
            Space::Impression => Topic::Impressions,
            Space::Click | Space::Conversion => Topic::Clicks,
            Space::Bid => Topic::Bids,
        }
    }

    /// What makes two events the same one, before hashing (semantics.md, Identity).
    pub fn identity(&self) -> (Space, &'static str, [&'static str; 3], i64, i64) {
        let length = if self.space == Space::Bid { HOUR_MS } else { DAY_MS };
        let bucket = self.at.div_euclid(length);
        let (id, at) = match (self.space, self.own) {
            (Space::Bid, own) => (["", own, ""], 0),
            (Space::Impression, "") => (["fields", self.creative, ""], self.at),
            (Space::Click | Space::Conversion, "") => (["fields", self.campaign, self.kind], self.at),
            (_, own) => (["own", own, ""], 0),
        };
        (self.space, self.user, id, at, bucket)
    }

    fn common(&self) -> Common {
        let (space, user, id, at, bucket) = self.identity();
        let mut fields = Fields::default();
        fields.start().byte(space as u8).text(user).number(at).number(bucket);
        id.into_iter().for_each(|text| {
            fields.text(text);
        });
        let identity = fields.identity();
        let content = fields.start().text(&format!("{self:?}")).content();
        Common { at: EventTime::from_ms(self.at).unwrap(), identity, content, user: self.user_hash() }
    }

    pub fn user_hash(&self) -> UserHash {
        UserHash::of(self.user.as_bytes())
    }

    /// As the modules give it.
    pub fn outcome(&self) -> verdict::Outcome<'static> {
        let (common, amount) = (self.common(), Micros::from_micros(self.amount).unwrap());
        let tracked = Tracked {
            common,
            value: amount,
            user_id: self.user,
            event_id: self.own,
            campaign: self.campaign,
            kind: self.kind,
            impression_id: self.impression_id,
            click_id: self.click_id,
        };
        match self.space {
            Space::Impression => verdict::Outcome::Impression(self.impression(common, amount)),
            Space::Click => verdict::Outcome::Click(tracked),
            Space::Conversion => verdict::Outcome::Conversion(tracked),
            Space::Bid => verdict::Outcome::Bid(self.bid(common, amount)),
        }
    }

    fn impression(&self, common: Common, cost: Micros) -> Impression<'static> {
        Impression {
            common,
            cost,
            test: self.flag,
            bot: !self.flag,
            viewable: None,
            user_id: self.user,
            impression_id: self.own,
            auction_id: "",
            creative: self.creative,
            campaign: self.campaign,
            website: "w",
            country: "",
            device: "",
        }
    }

    fn bid(&self, common: Common, floor: Micros) -> Bid<'static> {
        Bid {
            common,
            floor,
            slots: u32::from(self.flag) + 1,
            user_id: self.user,
            auction_id: self.own,
            exchange: self.exchange,
            country: "",
            device: "",
            website: "",
        }
    }
}

/// Any event. Fields that are none of its kind's do not vary, since content is compared over the whole struct.
pub fn event() -> impl Strategy<Value = Event> {
    let space = prop_oneof![
        3 => Just(Space::Impression), 3 => Just(Space::Click), 3 => Just(Space::Conversion), 1 => Just(Space::Bid)
    ];
    let names = (select(&NAMES[..]), select(&NAMES[..]), select(&NAMES[..]));
    let texts = (
        select(&USERS[..]),
        select(&CAMPAIGNS[..]),
        select(&CREATIVES[..]),
        select(&KINDS[..]),
        select(&EXCHANGES[..]),
    );
    (space, texts, names, select(&INSTANTS[..]), 0..3i64, any::<bool>()).prop_map(
        |(space, texts, names, at, amount, flag)| {
            let (user, campaign, creative, kind, exchange) = texts;
            let (own, impression_id, click_id) = names;
            let at = MIDNIGHT + at;
            let idle = Event {
                space,
                user,
                at,
                own,
                campaign: "",
                creative: "",
                kind: "",
                impression_id: "",
                click_id: "",
                exchange: "",
                amount: 0,
                flag: false,
            };
            match space {
                Space::Impression => Event { campaign, creative, amount, flag, ..idle },
                Space::Click => Event { campaign, kind: "click", impression_id, ..idle },
                Space::Conversion => Event { campaign, kind, impression_id, click_id, amount, ..idle },
                Space::Bid => Event { exchange, amount, flag, ..idle },
            }
        },
    )
}

pub fn events() -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec(event(), 0..60)
}

/// Few users and campaigns, no names: long journeys.
pub fn crowded_events() -> impl Strategy<Value = Vec<Event>> {
    let crowd =
        |e: Event| Event { user: USERS[0], campaign: CAMPAIGNS[1], own: if e.own.is_empty() { "" } else { "n1" }, ..e };
    proptest::collection::vec(event().prop_map(crowd), 0..80)
}

pub fn catalogue() -> std::sync::Arc<Catalogue> {
    Catalogue::parse(CATALOGUE.as_bytes()).unwrap().into()
}

pub fn settings(partition: u32, partitions: u32) -> Settings {
    Settings {
        click_window: Millis(CLICK_MS),
        conversion_window: Millis(CONVERSION_MS),
        view_window: Millis(VIEW_MS),
        window: Millis(WIDTH_MS),
        partition: Partition(partition),
        partitions: PartitionCount::new(partitions).unwrap(),
        conversion_types: vec!["signup".to_owned(), "purchase".to_owned()],
        exchanges: Vec::new(),
        state_bytes_max: u64::MAX / 2,
    }
}

/// A record as it comes through the modules, owned.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub topic: Topic,
    pub key: Vec<u8>,
    pub verdict: Verdict<'static>,
}

impl Arrival {
    pub fn record(&self) -> StreamRecord<'_> {
        StreamRecord { key: Some(&self.key), verdict: self.verdict }
    }
}

/// The key of a record of source `s`.
pub fn key(topic: Topic, partition: u32, seq: u64, mark: Mark) -> Vec<u8> {
    let raw = RecordKey {
        kind: Kind::Record,
        topic,
        partition: Partition(partition),
        seq: Seq(seq),
        read_ms: 0,
        source: "s",
    };
    let mut bytes = Vec::new();
    StreamKey { mark, raw: raw.to_string().as_bytes() }.write(&mut bytes);
    bytes
}

/// Appends records to the three logs of a partition, numbering them.
#[derive(Debug, Default)]
pub struct Logs {
    partition: u32,
    offsets: [u64; 3],
    seqs: [u64; 3],
}

impl Logs {
    pub fn of(partition: u32) -> Self {
        Self { partition, ..Self::default() }
    }

    pub fn append(&mut self, event: &Event) -> Arrival {
        let topic = event.topic();
        let seq = self.seqs[topic.index()];
        self.seqs[topic.index()] += 1;
        self.put(topic, seq, Mark::None, event.outcome())
    }

    /// The edge leaves a number out.
    pub fn skip(&mut self, topic: Topic) {
        self.seqs[topic.index()] += 1;
    }

    /// A record that came before comes again, flagged by `dedupe` or, where that has lost its memory, as it was.
    pub fn resend(&mut self, of: &Arrival, flagged: bool) -> Arrival {
        let stream_key = StreamKey::parse(&of.key);
        let seq = RecordKey::parse(stream_key.raw).unwrap().seq.0;
        let (mark, outcome) =
            if flagged { (Mark::Resend, verdict::Outcome::Resend) } else { (Mark::None, of.verdict.outcome) };
        self.put(of.topic, seq, mark, outcome)
    }

    pub fn put(&mut self, topic: Topic, seq: u64, mark: Mark, outcome: verdict::Outcome<'static>) -> Arrival {
        let offset = Offset(self.offsets[topic.index()]);
        self.offsets[topic.index()] += 1;
        Arrival { topic, key: key(topic, self.partition, seq, mark), verdict: Verdict { offset, outcome } }
    }
}
