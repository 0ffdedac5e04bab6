//! The account of one topic's records: what became of each, which numbers of each source were seen, and where the log continues.

use adx_events::key::RecordKey;
use adx_events::offset::{Offset, Partition, Seq};
use adx_events::reason::Reason;
use adx_events::sequence::{MISSING_RANGES_MAX, Seen, Sequence};
use adx_events::topic::Topic;
use hashbrown::{Equivalent, HashMap};

use crate::recent_key::RecentKey;
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
    sources: Vec<Source>,
    by_key: HashMap<SourceKey, usize>,
    recent: RecentKey,
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

#[derive(Debug)]
struct Source {
    /// Whether it numbers for this topic and partition.
    own: bool,
    sequence: Sequence,
    /// The number after the highest seen.
    expected: u64,
    /// Ranges paid for: never fewer than the sequence has.
    ranges: usize,
}

impl TopicLedger {
    pub(crate) fn new(topic: Topic, partition: Partition) -> Self {
        Self {
            topic,
            partition,
            next: Offset(0),
            counts: Counts::default(),
            sources: Vec::new(),
            by_key: HashMap::new(),
            recent: RecentKey::default(),
        }
    }

    pub(crate) fn next_offset(&self) -> Offset {
        self.next
    }

    pub(crate) fn advance(&mut self) {
        self.next.0 += 1;
    }

    /// Takes note of the number in a raw key: whether it is a resend, and the bytes added; none where the key is not ours. In doubt nothing is changed.
    ///
    /// Numbers count within what the key names, as `dedupe` has it, be that this topic and partition or not.
    pub(crate) fn note(&mut self, raw: &[u8], flagged: bool) -> Result<Option<(bool, u64)>, Doubt> {
        if let Some((source, seq)) = self.recent.same_but_seq(raw) {
            return self.sources[source].judge(seq, flagged).map(Some);
        }
        let Some(key) = RecordKey::parse(raw) else { return Ok(None) };
        let by_ref = SourceRef { topic: key.topic, partition: key.partition, name: key.source };
        let (source, judged) = match self.by_key.get(&by_ref) {
            Some(known) => (*known, self.sources[*known].judge(key.seq, flagged)?),
            None if flagged => return Err(Doubt::ResendUnseen),
            None => (self.sources.len(), self.note_first(&key)?),
        };
        self.recent = RecentKey::of(raw, source);
        Ok(Some(judged))
    }

    fn note_first(&mut self, key: &RecordKey<'_>) -> Result<(bool, u64), Doubt> {
        let own = (key.topic, key.partition) == (self.topic, self.partition);
        let mut source = Source { own, sequence: Sequence::default(), expected: 0, ranges: 0 };
        let (again, bytes) = source.note(key.seq)?;
        let named = SourceKey { topic: key.topic, partition: key.partition, name: Box::from(key.source) };
        self.by_key.insert(named, self.sources.len());
        self.sources.push(source);
        Ok((again, bytes + state::SOURCE + key.source.len() as u64))
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
        let own = self.sources.iter().filter(|source| source.own);
        let missing = own.fold(0u64, |sum, source| sum.saturating_add(source.sequence.missing()));
        Counts { missing, ..self.counts }
    }
}

impl Source {
    fn judge(&mut self, seq: Seq, flagged: bool) -> Result<(bool, u64), Doubt> {
        if flagged { self.look(seq) } else { self.note(seq) }
    }

    /// A number that has been seen, as `dedupe` says; else there is doubt.
    fn look(&self, seq: Seq) -> Result<(bool, u64), Doubt> {
        // Rare enough for a copy: a look must not take note.
        match self.sequence.clone().note(seq) {
            Seen::Again => Ok((true, 0)),
            Seen::New => Err(Doubt::ResendUnseen),
            Seen::Unknown => Err(Doubt::Forgotten),
        }
    }

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

    fn key(source: &str, topic: Topic, partition: u32, seq: u64) -> Vec<u8> {
        let key =
            RecordKey { kind: Kind::Record, topic, partition: Partition(partition), seq: Seq(seq), read_ms: 0, source };
        key.to_string().into_bytes()
    }

    /// Notes a key that is ours.
    fn note(ledger: &mut TopicLedger, key: &[u8], flagged: bool) -> Result<(bool, u64), Doubt> {
        ledger.note(key, flagged).map(|noted| noted.expect("our key"))
    }

    #[test]
    fn numbers_are_judged_within_what_the_key_names() {
        let mut ledger = TopicLedger::new(Topic::Clicks, Partition(1));
        let mut again = |k: Vec<u8>, flagged| note(&mut ledger, &k, flagged).map(|(again, _)| again);
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
            bytes += note(&mut ledger, &key("a", Topic::Bids, 0, 2 * n + 1), false).unwrap().1;
        }
        assert_eq!(bytes, state::SOURCE + 1 + MISSING_RANGES_MAX as u64 * state::SOURCE_RANGE);
        for n in 0..5 {
            let paid = if n == 0 { state::SOURCE + 1 } else { 0 };
            assert_eq!(
                note(&mut ledger, &key("b", Topic::Bids, 0, n), false),
                Ok((false, paid)),
                "in order nothing is missing"
            );
        }
        assert_eq!(note(&mut ledger, &key("a", Topic::Bids, 0, 0), false), Err(Doubt::Forgotten));
        assert_eq!(note(&mut ledger, &key("a", Topic::Bids, 0, 0), true), Err(Doubt::Forgotten));
    }
}
