//! What a topic asks of the batches that it takes: how they are compressed, and that each fits a segment.

use fluvio::metadata::topic::{CompressionAlgorithm, TopicSpec};
use fluvio_compression::Compression;

use crate::limits::Limits;

/// Set aside for what a compressor adds to bytes that it cannot make fewer: of 16 KiB, gzip's smallest block, at most 5; and its own head and tail.
const COMPRESSED_SHARE_MORE: usize = 256;
const COMPRESSED_BYTES_MORE: usize = 64;

/// How the batches of one topic are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) compression: Compression,
    /// Most bytes of one batch before it is compressed, its overhead included.
    pub(crate) batch_bytes: usize,
}

impl Terms {
    /// What the topic prescribes, within the publisher's own limits. As with the stock client batches are not compressed unless the topic asks for it.
    pub(crate) fn of(topic: &TopicSpec, limits: &Limits) -> Self {
        let compression = match topic.get_compression_type() {
            CompressionAlgorithm::Any | CompressionAlgorithm::None => Compression::None,
            CompressionAlgorithm::Gzip => Compression::Gzip,
            CompressionAlgorithm::Snappy => Compression::Snappy,
            CompressionAlgorithm::Lz4 => Compression::Lz4,
            CompressionAlgorithm::Zstd => Compression::Zstd,
        };
        let segment_bytes = topic.get_storage().and_then(|storage| storage.segment_size);
        let fits = segment_bytes.map_or(usize::MAX, |bytes| bytes as usize).min(limits.batch_bytes());
        let set_aside = match compression {
            Compression::None => 0,
            _ => fits / COMPRESSED_SHARE_MORE + COMPRESSED_BYTES_MORE,
        };
        Self { compression, batch_bytes: fits.saturating_sub(set_aside) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use fluvio::metadata::topic::TopicStorageConfig;
    use fluvio_protocol::Encoder as _;
    use proptest::prelude::*;

    use super::*;
    use crate::batch::{Begun, Filling};

    fn terms(compression: CompressionAlgorithm, segment_size: Option<u32>, batch_bytes_max: usize) -> Terms {
        let mut topic = TopicSpec::new_computed(1, 1, None);
        topic.set_compression_type(compression);
        topic.set_storage(TopicStorageConfig { segment_size, ..TopicStorageConfig::default() });
        Terms::of(&topic, &Limits { batch_bytes_max, ..Limits::default() })
    }

    #[test]
    fn batches_are_as_the_topic_and_the_limits_want_them() {
        use CompressionAlgorithm::{Any, Gzip, None as Not, Zstd};
        for (topic, segment, batch_bytes_max, compression, batch_bytes) in [
            (Any, None, usize::MAX, Compression::None, 1 << 20),
            (Not, Some(1 << 30), 5_000, Compression::None, 5_000),
            (Any, Some(1_024), 5_000, Compression::None, 1_024),
            (Zstd, None, usize::MAX, Compression::Zstd, (1 << 20) - 4_160),
            (Gzip, Some(1_024), 5_000, Compression::Gzip, 956),
        ] {
            assert_eq!(terms(topic, segment, batch_bytes_max), Terms { compression, batch_bytes });
        }
    }

    /// Bytes that no compressor makes fewer.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let next =
            |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        std::iter::successors(Some(seed), next).map(|state| (state >> 56) as u8).skip(1).take(length).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_cannot_be_compressed_fits_all_the_same(
            seed in any::<u64>(), segment in prop_oneof![1_024..1_300u32, 1_024..1_048_576u32], value in 1..40_000usize,
            topic in prop::sample::select(vec![
                CompressionAlgorithm::Gzip, CompressionAlgorithm::Snappy, CompressionAlgorithm::Lz4, CompressionAlgorithm::Zstd,
            ]),
        ) {
            let terms = terms(topic, Some(segment), 1 << 20);
            let mut filling = Filling::new(terms.batch_bytes);
            let mut seed = seed;
            while filling.push(b"", &noise(seed, value), || Begun { unix_ms: 0, at: Instant::now() }).is_ok() {
                seed += 1;
            }
            if filling.records() > 0 {
                let bytes = filling.seal(terms.compression).unwrap().write_size(0) - size_of::<i32>();
                prop_assert!(bytes <= segment as usize, "{bytes} bytes in a segment of {segment}");
            }
        }
    }
}
