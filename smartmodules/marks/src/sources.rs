//! Which numbers of which source this stream has seen, in bounded memory.

use std::collections::HashMap;

use adx_events::bytes::equal;
use adx_events::key::RecordKey;
use adx_events::offset::Partition;
use adx_events::sequence::{Seen, Sequence};
use adx_events::topic::Topic;

/// Sources past this many are not judged here; the sink's own record decides.
const SOURCES_MAX: usize = 16_384;

#[derive(Debug, Default)]
pub(crate) struct Sources {
    index: HashMap<(Topic, Partition, String), usize>,
    sequences: Vec<Sequence>,
    /// The last source and its place: records of one source mostly come together.
    last: Option<(Topic, Partition, String, usize)>,
}

impl Sources {
    /// Takes note of a record's number.
    pub(crate) fn note(&mut self, origin: &RecordKey<'_>) -> Seen {
        self.place(origin).map_or(Seen::Unknown, |place| self.sequences[place].note(origin.seq))
    }

    fn place(&mut self, origin: &RecordKey<'_>) -> Option<usize> {
        if let Some((topic, partition, source, place)) = &self.last
            && (*topic, *partition) == (origin.topic, origin.partition)
            && equal(source.as_bytes(), origin.source.as_bytes())
        {
            return Some(*place);
        }
        let key = (origin.topic, origin.partition, origin.source.to_owned());
        let place = match self.index.get(&key) {
            Some(place) => *place,
            None if self.sequences.len() == SOURCES_MAX => return None,
            None => {
                self.sequences.push(Sequence::default());
                self.index.insert(key.clone(), self.sequences.len() - 1);
                self.sequences.len() - 1
            }
        };
        self.last = Some((key.0, key.1, key.2, place));
        Some(place)
    }
}
