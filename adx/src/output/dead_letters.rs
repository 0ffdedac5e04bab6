//! `dead-letters.jsonl`: one object per rejected record, each once.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use adx_events::topic::Topic;
use adx_sink::dead_letter::Coordinates;
use anyhow::Context;

use super::replace::Replacement;

/// The file under construction. Dead letters are published at least once, so one may stand in its topic again, anywhere behind the first:
/// the coordinates of all are remembered, some 30 bytes each.
#[derive(Debug)]
pub struct DeadLetters {
    file: Replacement,
    written: HashSet<(Topic, u32, u64)>,
}

impl DeadLetters {
    pub fn begin(out: &Path) -> anyhow::Result<Self> {
        Ok(Self { file: Replacement::begin(out, "dead-letters.jsonl")?, written: HashSet::new() })
    }

    /// Adds one as it is in the topic `dead-letters`.
    pub fn add(&mut self, json: &[u8]) -> anyhow::Result<()> {
        let at: Coordinates = serde_json::from_slice(json).context("read a dead letter")?;
        let topic = Topic::ALL.into_iter().find(|topic| topic.name() == at.topic);
        let topic = topic.with_context(|| format!("read a dead letter of the unknown topic {:?}", at.topic))?;
        if self.written.insert((topic, at.partition, at.offset)) {
            self.file.write_all(json).and_then(|()| self.file.write_all(b"\n")).context("write dead-letters.jsonl")?;
        }
        Ok(())
    }

    /// Puts the file in its place; says how many letters it has.
    pub fn finish(self) -> anyhow::Result<u64> {
        self.file.finish()?;
        Ok(self.written.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_once_in_whatever_order_they_come() {
        let dir = std::env::temp_dir().join(format!("adx-dead-letters-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let letter = |offset: u64| format!(r#"{{"topic":"bid-requests","partition":0,"offset":{offset}}}"#);
        let mut letters = DeadLetters::begin(&dir).unwrap();
        for offset in [5, 6, 3, 4, 5, 6] {
            letters.add(letter(offset).as_bytes()).unwrap();
        }
        assert!(letters.add(br#"{"topic":"other","partition":0,"offset":1}"#).is_err());
        assert_eq!(letters.finish().unwrap(), 4);
        let text = std::fs::read_to_string(dir.join("dead-letters.jsonl")).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(text, [5, 6, 3, 4].map(|offset| letter(offset) + "\n").concat());
    }
}
