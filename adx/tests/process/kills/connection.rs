//! A connection that produces, batch after batch with some under way, and hears every acknowledgement that reached this side.
//!
//! By the protocol itself: the stock client forgets what was under way when its connection ends, and so what was acknowledged.

use std::collections::VecDeque;

use fluvio_protocol::api::{Request, RequestMessage};
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::{Batch, RawRecords, Record, RecordSet};
use fluvio_protocol::{Decoder, Encoder};
use fluvio_spu_schema::produce::{
    DefaultPartitionRequest, DefaultProduceRequest, DefaultTopicRequest, ProduceResponse,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::watch;

use super::sent::Sent;

const VERSION: i16 = DefaultProduceRequest::DEFAULT_API_VERSION;
/// Attempts sent and not yet answered.
const UNDER_WAY_MAX: usize = 4;

/// Sends until there is nothing more to send or the connection ends; counts acknowledgements.
pub async fn produce(spu: &str, topic: &str, sent: &mut Sent, acknowledged: &watch::Sender<u64>) {
    let Ok(stream) = TcpStream::connect(spu).await else { return }; // it was killed before
    let (mut answers, mut requests) = stream.into_split();
    let mut under_way = VecDeque::new();
    let mut is_open = true;
    loop {
        while is_open && under_way.len() < UNDER_WAY_MAX {
            let Some((attempt, values)) = sent.next_attempt() else { break };
            under_way.push_back(attempt);
            is_open = requests.write_all(&frame(topic, sent.partition(), values)).await.is_ok();
        }
        let Some(attempt) = under_way.pop_front() else { return };
        let Some(base) = answer(&mut answers).await else { return };
        sent.acknowledge(attempt, base);
        acknowledged.send_modify(|count| *count += 1);
    }
}

/// The offset that the next answer names; `None` where the connection ends before it is whole.
async fn answer(answers: &mut OwnedReadHalf) -> Option<i64> {
    let length = answers.read_u32().await.ok()?;
    let mut answer = vec![0; length as usize];
    answers.read_exact(&mut answer).await.ok()?;
    let behind_the_correlation_id = &mut &answer[size_of::<i32>()..];
    let response = ProduceResponse::decode_from(behind_the_correlation_id, VERSION).unwrap();
    let stored = &response.responses[0].partitions[0];
    assert_eq!(stored.error_code, ErrorCode::None);
    Some(stored.base_offset)
}

fn frame(topic: &str, partition: u32, values: Vec<Vec<u8>>) -> Vec<u8> {
    let records: Vec<Record> = values.into_iter().map(Record::new).collect();
    let batch = Batch::<RawRecords>::try_from(Batch::from(records)).unwrap();
    let records = RecordSet { batches: vec![batch] };
    let partitions = vec![DefaultPartitionRequest { partition_index: partition, records }];
    let topics = vec![DefaultTopicRequest { name: topic.to_owned(), partitions, ..Default::default() }];
    let mut message = RequestMessage::new_request(DefaultProduceRequest { topics, ..Default::default() });
    message.get_mut_header().set_api_version(VERSION);
    let mut frame = vec![0; size_of::<u32>()];
    message.encode(&mut frame, VERSION).unwrap();
    let length = u32::try_from(frame.len() - size_of::<u32>()).unwrap();
    frame[..size_of::<u32>()].copy_from_slice(&length.to_be_bytes());
    frame
}
