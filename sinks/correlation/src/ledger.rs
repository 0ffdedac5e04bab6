//! The account of one topic's records: what became of each, which numbers of each source were seen, and where the log continues.

use adx_events::key::RecordKey;
use adx_events::offset::{Offset, Partition, Seq};
use adx_events::reason::Reason;
use adx_events::sequence::{MISSING_RANGES_MAX, Seen, Sequence};
use adx_events::topic::Topic;
use hashbrown::{Equivalent, HashMap};

use crate::state;

/// What became of the records of a topic: `read = accepted + duplicate + rejected + late + missing`; a resend is not a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub late: u64,
    /// Numbers below the highest seen of a source that have not come.
    pub missing: u64,
    pub resends: u64,
    /// The rejected by reason, in the order of [`Reason::ALL`].
    pub reasons: [u64; Reason::ALL.len()],
}

impl Counts {
    /// Adds the counts of another partition.
    pub fn add(&mut self, other: &Counts) {
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
        self.late += other.late;
        self.missing = self.missing.saturating_add(other.missing);
        self.resends += other.resends;
        self.reasons.iter_mut().zip(other.reasons).for_each(|(sum, n)| *sum += n);
    }
}

/// Why a record's number cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Flagged as a resend, and never seen.
    ResendUnseen,
    /// So far back that it is no longer known.
    Forgotten,
}

/// The ledger of one topic of one partition.
#[derive(Debug)]
pub(crate) struct TopicLedger {
    topic: Topic,
    partition: Partition,
    next: Offset,
    counts: Counts,
    sources: HashMap<SourceKey, Source>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SourceKey {
    topic: Topic,
    partition: Partition,
    name: Box<str>,
}

/// Hashes as [`SourceKey`] does.
#[derive(Hash)]
struct SourceRef<'a> {
    topic: Topic,
    partition: Partition,
    name: &'a str,
}

impl Equivalent<SourceKey> for SourceRef<'_> {
    fn equivalent(&self, key: &SourceKey) -> bool {
        (self.topic, self.partition, self.name) == (key.topic, key.partition, &*key.name)
    }
}

#[derive(Debug, Default)]
struct Source {
    sequence: Sequence,
    /// The number after the highest seen.
    expected: u64,
    /// Ranges paid for: never fewer than the sequence has.
    ranges: usize,
}

impl TopicLedger {
    pub(crate) fn new(topic: Topic, partition: Partition) -> Self {
        Self { topic, partition, next: Offset(0), counts: Counts::default(), sources: HashMap::new() }
    }

    pub(crate) fn next_offset(&self) -> Offset {
        self.next
    }

    pub(crate) fn advance(&mut self) {
        self.next.0 += 1;
    }

    /// Takes note of a record's number: whether it is a resend, and the bytes added. In doubt nothing is changed.
    ///
    /// Numbers count within what the key names, as `dedupe` has it, be that this topic and partition or not.
    pub(crate) fn note(&mut self, key: &RecordKey<'_>, flagged: bool) -> Result<(bool, u64), Doubt> {
        let by_ref = SourceRef { topic: key.topic, partition: key.partition, name: key.source };
        if flagged {
            let known = self.sources.get(&by_ref).ok_or(Doubt::ResendUnseen)?;
            // Rare enough for a copy: a look must not take note.
            return match known.sequence.clone().note(key.seq) {
                Seen::Again => Ok((true, 0)),
                Seen::New => Err(Doubt::ResendUnseen),
                Seen::Unknown => Err(Doubt::Forgotten),
            };
        }
        match self.sources.get_mut(&by_ref) {
            Some(source) => source.note(key.seq),
            None => {
                let mut source = Source::default();
                let (again, bytes) = source.note(key.seq)?;
                let name = Box::from(key.source);
                self.sources.insert(SourceKey { topic: key.topic, partition: key.partition, name }, source);
                Ok((again, bytes + state::SOURCE + key.source.len() as u64))
            }
        }
    }

    pub(crate) fn accepted(&mut self) {
        self.counts.accepted += 1;
    }

    pub(crate) fn duplicate(&mut self) {
        self.counts.duplicate += 1;
    }

    pub(crate) fn resend(&mut self) {
        self.counts.resends += 1;
    }

    pub(crate) fn rejected(&mut self, reason: Reason) {
        self.counts.rejected += 1;
        self.counts.reasons[usize::from(reason.code())] += 1;
    }

    /// The counts so far.
    pub(crate) fn counts(&self) -> Counts {
        let own = self.sources.iter().filter(|(k, _)| (k.topic, k.partition) == (self.topic, self.partition));
        let missing = own.fold(0u64, |sum, (_, source)| sum.saturating_add(source.sequence.missing()));
        Counts { missing, ..self.counts }
    }
}

impl Source {
    fn note(&mut self, seq: Seq) -> Result<(bool, u64), Doubt> {
        let in_order = seq.0 == self.expected;
        let again = match self.sequence.note(seq) {
            Seen::New => false,
            Seen::Again => true,
            Seen::Unknown => return Err(Doubt::Forgotten),
        };
        self.expected = self.expected.max(seq.0.saturating_add(1));
        // Any other number may open a range or split one.
        let opens = !in_order && !again && self.ranges < MISSING_RANGES_MAX;
        self.ranges += usize::from(opens);
        Ok((again, if opens { state::SOURCE_RANGE } else { 0 }))
    }
}

#[cfg(test)]
mod tests {
    use adx_events::key::Kind;

    use super::*;

    fn key(source: &str, topic: Topic, partition: u32, seq: u64) -> RecordKey<'_> {
        RecordKey { kind: Kind::Record, topic, partition: Partition(partition), seq: Seq(seq), read_ms: 0, source }
    }

    #[test]
    fn numbers_are_judged_within_what_the_key_names() {
        let mut ledger = TopicLedger::new(Topic::Clicks, Partition(1));
        let mut again = |k: RecordKey<'_>, flagged| ledger.note(&k, flagged).map(|(again, _)| again);
        assert_eq!(again(key("a", Topic::Clicks, 1, 0), false), Ok(false));
        assert_eq!(again(key("a", Topic::Clicks, 1, 0), true), Ok(true));
        assert_eq!(again(key("a", Topic::Clicks, 1, 0), false), Ok(true));
        assert_eq!(again(key("a", Topic::Clicks, 1, 4), true), Err(Doubt::ResendUnseen));
        assert_eq!(again(key("a", Topic::Clicks, 1, 4), false), Ok(false));
        assert_eq!(again(key("b", Topic::Clicks, 1, 0), true), Err(Doubt::ResendUnseen));
        assert_eq!(again(key("a", Topic::Bids, 1, 7), false), Ok(false));
        assert_eq!(again(key("a", Topic::Clicks, 2, 7), false), Ok(false));
        assert_eq!(ledger.counts().missing, 3, "of its own topic and partition alone");
    }

    #[test]
    fn what_was_forgotten_is_in_doubt_and_ranges_are_paid_for_up_to_their_bound() {
        let mut ledger = TopicLedger::new(Topic::Bids, Partition(0));
        let mut bytes = 0;
        for n in 0..3 * MISSING_RANGES_MAX as u64 {
            bytes += ledger.note(&key("a", Topic::Bids, 0, 2 * n + 1), false).unwrap().1;
        }
        assert_eq!(bytes, state::SOURCE + 1 + MISSING_RANGES_MAX as u64 * state::SOURCE_RANGE);
        for n in 0..5 {
            let paid = if n == 0 { state::SOURCE + 1 } else { 0 };
            assert_eq!(
                ledger.note(&key("b", Topic::Bids, 0, n), false),
                Ok((false, paid)),
                "in order nothing is missing"
            );
        }
        assert_eq!(ledger.note(&key("a", Topic::Bids, 0, 0), false), Err(Doubt::Forgotten));
        assert_eq!(ledger.note(&key("a", Topic::Bids, 0, 0), true), Err(Doubt::Forgotten));
    }
}
