//! Changes of consumer offsets as they stand in their journal.

use std::io;

use fluvio_protocol::record::{Offset, ReplicaKey};
use fluvio_protocol::{Decoder, Encoder};

const VERSION: i16 = 0;

/// A change of one consumer's offset, or the end of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Committed { partition: ReplicaKey, consumer: String, offset: Offset, modified_secs: u64 },
    Deleted { partition: ReplicaKey, consumer: String },
    TopicDeleted { topic: String },
}

impl Entry {
    /// A tag, then the fields.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Committed { partition, consumer, offset, modified_secs } => {
                begin(1, partition, consumer, &mut bytes)?;
                offset.encode(&mut bytes, VERSION)?;
                modified_secs.encode(&mut bytes, VERSION)?;
            }
            Self::Deleted { partition, consumer } => begin(2, partition, consumer, &mut bytes)?,
            Self::TopicDeleted { topic } => {
                3u8.encode(&mut bytes, VERSION)?;
                topic.encode(&mut bytes, VERSION)?;
            }
        }
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut bytes = bytes;
        let (tag, topic) = (field::<u8>(&mut bytes)?, field::<String>(&mut bytes)?);
        if tag == 3 {
            return Ok(Self::TopicDeleted { topic });
        }
        let partition = ReplicaKey::new(topic, field::<u32>(&mut bytes)?);
        let consumer = field(&mut bytes)?;
        match tag {
            1 => {
                let (offset, modified_secs) = (field(&mut bytes)?, field(&mut bytes)?);
                Ok(Self::Committed { partition, consumer, offset, modified_secs })
            }
            2 => Ok(Self::Deleted { partition, consumer }),
            tag => Err(io::Error::new(io::ErrorKind::InvalidData, format!("no change has the tag {tag}"))),
        }
    }
}

fn begin(tag: u8, partition: &ReplicaKey, consumer: &String, bytes: &mut Vec<u8>) -> io::Result<()> {
    tag.encode(bytes, VERSION)?;
    partition.topic.encode(bytes, VERSION)?;
    partition.partition.encode(bytes, VERSION)?;
    consumer.encode(bytes, VERSION)
}

fn field<T: Decoder>(bytes: &mut &[u8]) -> io::Result<T> {
    T::decode_from(bytes, VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_read_as_it_was_written() {
        let (partition, consumer) = (ReplicaKey::new("topic", 7u32), "reader".to_owned());
        let entries = [
            Entry::Committed { partition: partition.clone(), consumer: consumer.clone(), offset: -1, modified_secs: 9 },
            Entry::Deleted { partition, consumer },
            Entry::TopicDeleted { topic: "topic".to_owned() },
        ];
        for entry in entries {
            let bytes = entry.encode().expect("encodes");
            assert_eq!(Entry::decode(&bytes).expect("decodes"), entry);
            assert!((0..bytes.len()).all(|cut| Entry::decode(&bytes[..cut]).is_err()), "{entry:?}");
        }
    }
}
