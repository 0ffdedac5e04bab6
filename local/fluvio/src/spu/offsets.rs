//! Where partitions begin and end.

use fluvio_protocol::link::ErrorCode;
use fluvio_spu_schema::server::fetch_offset::{
    FetchOffsetPartitionResponse, FetchOffsetTopic, FetchOffsetTopicResponse, FetchOffsetsRequest, FetchOffsetsResponse,
};

use crate::catalog::Catalog;

/// Answers for every partition asked for, in order.
pub(super) fn fetch(request: &FetchOffsetsRequest, catalog: &Catalog) -> FetchOffsetsResponse {
    let of_topic = |topic: &FetchOffsetTopic| FetchOffsetTopicResponse {
        name: topic.name.clone(),
        partitions: topic
            .partitions
            .iter()
            .map(|partition| of_partition(&topic.name, partition.partition_index, catalog))
            .collect(),
    };
    FetchOffsetsResponse { topics: request.topics.iter().map(of_topic).collect() }
}

fn of_partition(topic: &str, partition_index: u32, catalog: &Catalog) -> FetchOffsetPartitionResponse {
    let (error_code, start_offset, last_stable_offset) = match catalog.partition(topic, partition_index) {
        Some(partition) => (ErrorCode::None, partition.log.start(), partition.log.next()),
        None => (ErrorCode::PartitionNotLeader, 0, 0),
    };
    FetchOffsetPartitionResponse { error_code, partition_index, start_offset, last_stable_offset }
}
