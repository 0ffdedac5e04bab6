//! One partition's state machine: records in the order of their logs go in, outcomes come out, totals stand ready as points.
//!
//! The order of judgement is that of semantics.md: resend, what the modules rejected, misrouted, duplicate or conflict, accepted.

use std::hash::BuildHasher;
use std::sync::Arc;

use adx_events::fingerprint::UserHash;
use adx_events::key::{FOREIGN, Mark, RecordKey, StreamKey};
use adx_events::offset::{Offset, Partition, Seq};
use adx_events::reason::Reason;
use adx_events::time::{DAY_MS, HOUR_MS, Millis};
use adx_events::topic::Topic;
use adx_events::verdict::{self, Common, Verdict};
use hashbrown::DefaultHashBuilder;

use crate::catalogue::Catalogue;
use crate::identity::{Identities, Standing};
use crate::ledger::{Counts, Doubt, TopicLedger};
use crate::point::Point;
use crate::settings::Settings;
use crate::state::Budget;
use crate::tallies::Tallies;

/// A record as it comes through the modules.
#[derive(Debug, Clone, Copy)]
pub struct StreamRecord<'a> {
    /// The key in the stream, `dedupe`'s mark included.
    pub key: Option<&'a [u8]>,
    pub verdict: Verdict<'a>,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    /// The same event, with the same content, was accepted before.
    Duplicate,
    /// The edge sent it again; it is not a read.
    Resend,
    Rejected(DeadLetter),
    /// Lies below the next offset: it was pushed before, and nothing has changed.
    Replayed,
}

/// A rejected record: where it stands in the raw topic, and why it does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub topic: Topic,
    pub partition: Partition,
    pub offset: Offset,
    /// `foreign` where the key is not ours.
    pub source: String,
    pub seq: Option<Seq>,
    pub reason: Reason,
    pub detail: String,
}

/// The records of this shard's three logs that its totals stand for: it grows with every record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

/// Why a record cannot be taken. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    #[error("{} partition {}: got offset {} where {} comes next", topic.name(), partition.0, found.0, expected.0)]
    Gap { topic: Topic, partition: Partition, expected: Offset, found: Offset },
    #[error("{} partition {}: state would need {need} bytes, its cap is {cap}", topic.name(), partition.0)]
    StateFull { topic: Topic, partition: Partition, cap: u64, need: u64 },
    #[error("{} partition {} offset {}: dedupe says resend, but seq {} of source {origin:?} has not been seen", topic.name(), partition.0, offset.0, seq.0)]
    ResendUnseen { topic: Topic, partition: Partition, offset: Offset, origin: String, seq: Seq },
    #[error("{} partition {} offset {}: seq {} of source {origin:?} is too far back to tell whether it has been seen", topic.name(), partition.0, offset.0, seq.0)]
    SeqForgotten { topic: Topic, partition: Partition, offset: Offset, origin: String, seq: Seq },
    #[error("{} partition {} offset {}: a resend whose key has no source and seq", topic.name(), partition.0, offset.0)]
    ResendWithoutSeq { topic: Topic, partition: Partition, offset: Offset },
    #[error("{} partition {} offset {}: dedupe's mark and the verdict disagree on whether it is a resend", topic.name(), partition.0, offset.0)]
    MarkDisagrees { topic: Topic, partition: Partition, offset: Offset },
    #[error("{} partition {} offset {}: an event of another topic was accepted", topic.name(), partition.0, offset.0)]
    WrongKind { topic: Topic, partition: Partition, offset: Offset },
}

/// The state of one partition.
#[derive(Debug)]
pub struct Shard {
    settings: Settings,
    ledgers: [TopicLedger; Topic::ALL.len()],
    identities: [Identities; Topic::ALL.len()],
    tallies: Tallies,
    budget: Budget,
}

/// Where the record at hand stands.
#[derive(Clone, Copy)]
struct Position<'a> {
    topic: Topic,
    offset: Offset,
    raw_key: &'a [u8],
}

impl<'a> Position<'a> {
    /// The key, where it is ours; parsed only for those that must be told.
    fn key(&self) -> Option<RecordKey<'a>> {
        RecordKey::parse(self.raw_key)
    }
}

impl Shard {
    /// An empty shard: every topic from offset 0.
    pub fn new(settings: Settings, catalogue: Arc<Catalogue>) -> Self {
        let budget = Budget::new(settings.state_bytes_max);
        // Drawn once a shard: it spreads keys over tables and changes no result.
        let seed = DefaultHashBuilder::default().hash_one(settings.partition);
        let identities = Topic::ALL.map(|topic| match topic {
            Topic::Impressions | Topic::Clicks => Identities::new(Millis(DAY_MS), seed),
            Topic::Bids => Identities::new(Millis(HOUR_MS), seed),
        });
        let ledgers = Topic::ALL.map(|topic| TopicLedger::new(topic, settings.partition));
        Self { tallies: Tallies::new(&settings, catalogue, seed), settings, ledgers, identities, budget }
    }

    /// Takes the next record of a topic. On an error nothing has been changed.
    pub fn push(&mut self, topic: Topic, record: StreamRecord<'_>) -> Result<Outcome, ShardError> {
        let partition = self.settings.partition;
        let offset = record.verdict.offset;
        let expected = self.next_offset(topic);
        if offset < expected {
            return Ok(Outcome::Replayed);
        }
        if offset > expected {
            return Err(ShardError::Gap { topic, partition, expected, found: offset });
        }
        if let Some(need) = self.budget.need_past_cap() {
            return Err(ShardError::StateFull { topic, partition, cap: self.budget.cap(), need });
        }
        self.check_kind(topic, &record.verdict)?;
        let stream_key = StreamKey::parse(record.key.unwrap_or_default());
        let at = Position { topic, offset, raw_key: stream_key.raw };
        let flagged = stream_key.mark == Mark::Resend;
        if flagged != matches!(record.verdict.outcome, verdict::Outcome::Resend) {
            return Err(ShardError::MarkDisagrees { topic, partition, offset });
        }
        let resend = self.note(at, flagged)?;
        self.ledgers[topic.index()].advance();
        Ok(if resend { self.resend(topic) } else { self.judge(at, &record.verdict.outcome) })
    }

    /// Records worth warming together: as many reads as a core has under way at a time, and some to spare.
    pub const WARMED_TOGETHER: usize = 16;

    /// Reads the state that some records of a topic will need, and changes nothing: whoever warms the next [`Shard::WARMED_TOGETHER`] before pushing the
    /// first of them waits for their memory once, not record by record.
    pub fn warm<'a>(&self, topic: Topic, verdicts: impl Iterator<Item = &'a Verdict<'a>> + Clone) {
        self.identities[topic.index()].warm(verdicts.clone().filter_map(|verdict| common_of(&verdict.outcome)));
        if topic == Topic::Impressions {
            self.tallies.warm(verdicts.filter_map(|verdict| impression_of(&verdict.outcome)));
        }
    }

    /// The offset of the record that comes next.
    pub fn next_offset(&self, topic: Topic) -> Offset {
        self.ledgers[topic.index()].next_offset()
    }

    /// The account of a topic.
    pub fn counts(&self, topic: Topic) -> Counts {
        self.ledgers[topic.index()].counts()
    }

    /// Sum of the positions in the three logs.
    pub fn revision(&self) -> Revision {
        Revision(self.ledgers.iter().map(|l| l.next_offset().0).sum())
    }

    /// Bytes of state, an upper estimate.
    pub fn state_bytes(&self) -> u64 {
        self.budget.used()
    }

    /// Absolute totals of all records so far, sorted within each kind of point. Attribution is brought up to date first.
    pub fn points(&mut self) -> impl Iterator<Item = Point> + '_ {
        self.tallies.settle();
        self.tallies.points()
    }

    fn check_kind(&self, topic: Topic, verdict: &Verdict<'_>) -> Result<(), ShardError> {
        let fits = match verdict.outcome {
            verdict::Outcome::Resend | verdict::Outcome::Rejected { .. } => true,
            verdict::Outcome::Impression(_) => topic == Topic::Impressions,
            verdict::Outcome::Click(_) | verdict::Outcome::Conversion(_) => topic == Topic::Clicks,
            verdict::Outcome::Bid(_) => topic == Topic::Bids,
        };
        let error = ShardError::WrongKind { topic, partition: self.settings.partition, offset: verdict.offset };
        fits.then_some(()).ok_or(error)
    }

    /// Whether it is a resend, by the shard's own record of numbers.
    fn note(&mut self, at: Position<'_>, flagged: bool) -> Result<bool, ShardError> {
        let (topic, offset, partition) = (at.topic, at.offset, self.settings.partition);
        match self.ledgers[topic.index()].note(at.raw_key, flagged) {
            Ok(Some((resend, bytes))) => {
                self.budget.charge(bytes);
                Ok(resend)
            }
            Ok(None) if flagged => Err(ShardError::ResendWithoutSeq { topic, partition, offset }),
            Ok(None) => Ok(false),
            Err(doubt) => {
                let key = at.key();
                let (origin, seq) = (key.map_or(FOREIGN, |k| k.source).to_owned(), key.map_or(Seq(0), |k| k.seq));
                Err(match doubt {
                    Doubt::ResendUnseen => ShardError::ResendUnseen { topic, partition, offset, origin, seq },
                    Doubt::Forgotten => ShardError::SeqForgotten { topic, partition, offset, origin, seq },
                })
            }
        }
    }

    fn resend(&mut self, topic: Topic) -> Outcome {
        self.ledgers[topic.index()].resend();
        Outcome::Resend
    }

    fn judge(&mut self, at: Position<'_>, outcome: &verdict::Outcome<'_>) -> Outcome {
        let common = match outcome {
            verdict::Outcome::Resend => return self.resend(at.topic),
            verdict::Outcome::Rejected { reason, detail } => return self.reject(at, *reason, (*detail).to_owned()),
            verdict::Outcome::Impression(e) => &e.common,
            verdict::Outcome::Click(e) | verdict::Outcome::Conversion(e) => &e.common,
            verdict::Outcome::Bid(e) => &e.common,
        };
        if let Some(detail) = self.misrouted(common.user) {
            return self.reject(at, Reason::Misrouted, detail);
        }
        match self.stand(at.topic, common) {
            Standing::New => {
                self.ledgers[at.topic.index()].accepted();
                self.budget.charge(self.tallies.count(outcome));
                Outcome::Accepted
            }
            Standing::Duplicate => {
                self.ledgers[at.topic.index()].duplicate();
                Outcome::Duplicate
            }
            Standing::Conflict => {
                self.reject(at, Reason::IdConflict, "differs from the accepted event of this id and day".to_owned())
            }
        }
    }

    fn misrouted(&self, user: UserHash) -> Option<String> {
        let (own, count) = (self.settings.partition, self.settings.partitions);
        let right = user.partition(count);
        (right != own).then(|| format!("belongs in partition {} of {}", right.0, count.get()))
    }

    fn stand(&mut self, topic: Topic, event: &Common) -> Standing {
        let (standing, bytes) = self.identities[topic.index()].accept(event);
        self.budget.charge(bytes);
        standing
    }

    fn reject(&mut self, at: Position<'_>, reason: Reason, detail: String) -> Outcome {
        self.ledgers[at.topic.index()].rejected(reason);
        let key = at.key();
        Outcome::Rejected(DeadLetter {
            topic: at.topic,
            partition: self.settings.partition,
            offset: at.offset,
            source: key.map_or(FOREIGN, |key| key.source).to_owned(),
            seq: key.map(|key| key.seq),
            reason,
            detail,
        })
    }
}

/// What an accepted event has.
fn common_of<'a>(outcome: &'a verdict::Outcome<'_>) -> Option<&'a Common> {
    match outcome {
        verdict::Outcome::Resend | verdict::Outcome::Rejected { .. } => None,
        verdict::Outcome::Impression(event) => Some(&event.common),
        verdict::Outcome::Click(event) | verdict::Outcome::Conversion(event) => Some(&event.common),
        verdict::Outcome::Bid(event) => Some(&event.common),
    }
}

fn impression_of<'a, 'b>(outcome: &'a verdict::Outcome<'b>) -> Option<&'a verdict::Impression<'b>> {
    if let verdict::Outcome::Impression(event) = outcome { Some(event) } else { None }
}
