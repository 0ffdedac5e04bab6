//! Changes of the catalog as they stand in its journal.

use std::io;

use fluvio_controlplane_metadata::smartmodule::SmartModuleSpec;
use fluvio_controlplane_metadata::topic::TopicSpec;
use fluvio_protocol::{Decoder, Encoder};

/// Objects are kept as the wire has them in this version of its own, whatever later ones may be.
const VERSION: i16 = 19;

/// A change of one object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    /// The topic is as said; `number` is part of its directory's name.
    Topic {
        name: String,
        number: u64,
        spec: TopicSpec,
    },
    TopicDeleted {
        name: String,
    },
    Module {
        name: String,
        spec: SmartModuleSpec,
    },
    ModuleDeleted {
        name: String,
    },
}

impl Entry {
    /// A tag, then the fields.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Topic { name, number, spec } => {
                begin(1, name, &mut bytes)?;
                number.encode(&mut bytes, VERSION)?;
                spec.encode(&mut bytes, VERSION)?;
            }
            Self::TopicDeleted { name } => begin(2, name, &mut bytes)?,
            Self::Module { name, spec } => {
                begin(3, name, &mut bytes)?;
                spec.encode(&mut bytes, VERSION)?;
            }
            Self::ModuleDeleted { name } => begin(4, name, &mut bytes)?,
        }
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut bytes = bytes;
        let (tag, name) = (field::<u8>(&mut bytes)?, field::<String>(&mut bytes)?);
        match tag {
            1 => Ok(Self::Topic { name, number: field(&mut bytes)?, spec: field(&mut bytes)? }),
            2 => Ok(Self::TopicDeleted { name }),
            3 => Ok(Self::Module { name, spec: field(&mut bytes)? }),
            4 => Ok(Self::ModuleDeleted { name }),
            tag => Err(io::Error::new(io::ErrorKind::InvalidData, format!("no change has the tag {tag}"))),
        }
    }
}

fn begin(tag: u8, name: &String, bytes: &mut Vec<u8>) -> io::Result<()> {
    tag.encode(bytes, VERSION)?;
    name.encode(bytes, VERSION)
}

fn field<T: Decoder>(bytes: &mut &[u8]) -> io::Result<T> {
    T::decode_from(bytes, VERSION)
}

#[cfg(test)]
mod tests {
    use fluvio_controlplane_metadata::smartmodule::SmartModuleWasm;
    use fluvio_controlplane_metadata::topic::{
        CleanupPolicy, CompressionAlgorithm, SegmentBasedPolicy, TopicStorageConfig,
    };

    use super::*;

    #[test]
    fn every_change_is_read_as_it_was_written() {
        let mut spec = TopicSpec::new_computed(3, 1, Some(true));
        spec.set_compression_type(CompressionAlgorithm::Zstd);
        spec.set_cleanup_policy(CleanupPolicy::Segment(SegmentBasedPolicy { time_in_seconds: 77 }));
        spec.set_storage(TopicStorageConfig { segment_size: Some(5_000), max_partition_size: Some(90_000) });
        spec.set_system(true);
        let wasm = SmartModuleWasm::from_compressed_gzip(vec![1, 2, 3]);
        let name = "name".to_owned();
        let entries = [
            Entry::Topic { name: name.clone(), number: u64::MAX, spec },
            Entry::Topic { name: name.clone(), number: 0, spec: TopicSpec::new_assigned(vec![(0, vec![5001])]) },
            Entry::TopicDeleted { name: name.clone() },
            Entry::Module { name: name.clone(), spec: SmartModuleSpec { wasm, ..Default::default() } },
            Entry::ModuleDeleted { name },
        ];
        for entry in entries {
            let bytes = entry.encode().expect("encodes");
            assert_eq!(Entry::decode(&bytes).expect("decodes"), entry);
            let head = 1 + 2 + 4; // the published decoder of a module's bytes does not check their length; our log does
            assert!((0..head).all(|cut| Entry::decode(&bytes[..cut]).is_err()), "{entry:?}");
        }
        assert!(Entry::decode(&[9, 0, 0]).is_err());
    }
}
