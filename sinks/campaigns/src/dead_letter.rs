//! A dead letter as it is in the topic `dead-letters`: one JSON object; the payload stays in the raw topic.

use adx_correlation::DeadLetter;
use serde::{Deserialize, Serialize};

/// Name of the topic in `fluvio-topics.yaml`.
pub const TOPIC: &str = "dead-letters";

/// Where the rejected record stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Coordinates {
    pub topic: String,
    pub partition: u32,
    pub offset: u64,
}

#[derive(Serialize)]
struct Json<'a> {
    topic: &'a str,
    partition: u32,
    offset: u64,
    source: &'a str,
    seq: Option<u64>,
    reason: &'a str,
    detail: &'a str,
}

/// The value of the dead letter's record.
pub fn to_json(letter: &DeadLetter) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Json {
        topic: letter.topic.name(),
        partition: letter.partition.0,
        offset: letter.offset.0,
        source: &letter.source,
        seq: letter.seq.map(|seq| seq.0),
        reason: letter.reason.as_str(),
        detail: &letter.detail,
    })
}

/// The key of the dead letter's record: its coordinates.
pub fn key(letter: &DeadLetter) -> String {
    format!("{}-{}:{}", letter.topic.name(), letter.partition.0, letter.offset.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use adx_events::offset::{Offset, Partition, Seq};
    use adx_events::reason::Reason;
    use adx_events::topic::Topic;

    #[test]
    fn coordinates_read_back() {
        let letter = DeadLetter {
            topic: Topic::Clicks,
            partition: Partition(3),
            offset: Offset(42),
            source: "s".to_owned(),
            seq: Some(Seq(7)),
            reason: Reason::BadRow,
            detail: "a \"quote\"".to_owned(),
        };
        let json = to_json(&letter).unwrap();
        let text = String::from_utf8(json.clone()).unwrap();
        assert_eq!(
            text,
            r#"{"topic":"clicks-conversions","partition":3,"offset":42,"source":"s","seq":7,"reason":"bad_row","detail":"a \"quote\""}"#
        );
        let at: Coordinates = serde_json::from_slice(&json).unwrap();
        assert_eq!(at, Coordinates { topic: "clicks-conversions".to_owned(), partition: 3, offset: 42 });
    }
}
