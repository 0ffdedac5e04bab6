//! A produce request for one batch of one partition, and what its answer says.

use adx_events::offset::{Offset, Partition};
use fluvio_protocol::link::ErrorCode;
use fluvio_spu_schema::produce::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceData,
};

use crate::batch::Sealed;
use crate::error::AttemptError;

/// Asks the leader to store the batch. Its own log counts as stored: the protocol's default.
pub(crate) fn request(topic: &str, partition: Partition, batch: Sealed) -> ProduceRequest<Sealed> {
    let data = PartitionProduceData { partition_index: partition.0, records: batch };
    let topic = TopicProduceData { name: topic.to_owned(), partitions: vec![data], ..Default::default() };
    ProduceRequest { topics: vec![topic], ..Default::default() }
}

/// The batch of a request.
pub(crate) fn batch_of(request: ProduceRequest<Sealed>) -> Option<Sealed> {
    request.topics.into_iter().next()?.partitions.into_iter().next().map(|partition| partition.records)
}

/// The offset after the last of so many records, if the answer says that they are stored.
pub(crate) fn stored(
    answer: &ProduceResponse,
    topic: &str,
    partition: Partition,
    records: u32,
) -> Result<Offset, AttemptError> {
    match answer.find_partition_response(topic, partition.0) {
        None => Err(AttemptError::NotStored { source: "the answer says nothing of the partition".into() }),
        Some(PartitionProduceResponse { error_code: ErrorCode::None, base_offset, .. }) => {
            end(*base_offset, records).ok_or(AttemptError::StrangeOffset { offset: *base_offset })
        }
        Some(refused) => Err(AttemptError::NotStored { source: refused.error_code.clone().into() }),
    }
}

fn end(base_offset: i64, records: u32) -> Option<Offset> {
    u64::try_from(base_offset).ok()?.checked_add(u64::from(records)).map(Offset)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use fluvio_compression::Compression;
    use fluvio_protocol::api::Request as _;
    use fluvio_protocol::{Decoder as _, Encoder as _};
    use fluvio_spu_schema::produce::{DefaultProduceRequest, TopicProduceResponse};

    use super::*;
    use crate::batch::{Begun, Filling};

    const PARTITION: Partition = Partition(3);
    const VERSION: i16 = DefaultProduceRequest::DEFAULT_API_VERSION;

    fn answer(topic: &str, partition_index: u32, error_code: ErrorCode, base_offset: i64) -> ProduceResponse {
        let partition = PartitionProduceResponse { partition_index, error_code, base_offset, ..Default::default() };
        let topic = TopicProduceResponse { name: topic.to_owned(), partitions: vec![partition] };
        ProduceResponse { responses: vec![topic], ..Default::default() }
    }

    #[test]
    fn what_an_answer_says() {
        let told = |answer| match stored(&answer, "t", PARTITION, 5) {
            Ok(end) => end.0.to_string(),
            Err(AttemptError::NotStored { source }) => source.to_string(),
            Err(other) => other.to_string(),
        };
        let table = [
            (answer("t", 3, ErrorCode::None, 0), "5".to_owned()),
            (answer("t", 3, ErrorCode::None, 37), "42".to_owned()),
            (answer("t", 3, ErrorCode::None, -1), "a batch was stored at offset -1".to_owned()),
            (answer("t", 3, ErrorCode::NotLeaderForPartition, 0), ErrorCode::NotLeaderForPartition.to_string()),
            (answer("t", 2, ErrorCode::None, 0), "the answer says nothing of the partition".to_owned()),
            (answer("u", 3, ErrorCode::None, 0), "the answer says nothing of the partition".to_owned()),
            (ProduceResponse::default(), "the answer says nothing of the partition".to_owned()),
        ];
        for (answer, expected) in table {
            assert_eq!(told(answer), expected);
        }
    }

    #[test]
    fn a_server_reads_the_batch_and_its_memory_comes_back() {
        let mut filling = Filling::new(1 << 10);
        filling.push(b"key", b"value", || Begun { unix_ms: 1, at: Instant::now() }).unwrap();
        let asked = request("t", PARTITION, filling.seal(Compression::None).unwrap());
        let mut bytes = asked.as_bytes(VERSION).unwrap();
        let mut read = DefaultProduceRequest::decode_from(&mut bytes, VERSION).unwrap();
        let mut topic = read.topics.remove(0);
        let partition = topic.partitions.remove(0);
        assert_eq!((topic.name.as_str(), partition.partition_index), ("t", 3));
        assert_eq!((partition.records.total_records(), bytes.len()), (1, 0));
        assert!(topic.partitions.is_empty() && read.topics.is_empty() && read.smartmodules.is_empty());
        assert_eq!(batch_of(asked).unwrap().into_room(), partition.records.as_bytes(VERSION).unwrap());
        assert!(batch_of(ProduceRequest::default()).is_none());
    }
}
