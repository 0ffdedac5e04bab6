//! The fetch request of clients before 0.10: every partition it asks for is answered with an error.

use fluvio_protocol::link::ErrorCode;
use fluvio_spu_schema::fetch::{
    FetchResponse, FetchablePartitionResponse, FetchableTopic, FetchableTopicResponse, FileFetchRequest,
};

use super::records::WireRecords;
use crate::support::Feature;

/// The answer, as long as the request.
pub(super) fn refuse(request: &FileFetchRequest) -> FetchResponse<WireRecords> {
    let error_code = ErrorCode::Other(Feature::OldFetch.refusal());
    let of_topic = |topic: &FetchableTopic| {
        let refused = topic.fetch_partitions.iter().map(|wanted| FetchablePartitionResponse {
            partition_index: wanted.partition_index,
            error_code: error_code.clone(),
            ..Default::default()
        });
        FetchableTopicResponse { name: topic.name.clone(), partitions: refused.collect(), ..Default::default() }
    };
    let topics = request.topics.iter().map(of_topic).collect();
    FetchResponse { error_code: error_code.clone(), topics, ..Default::default() }
}
