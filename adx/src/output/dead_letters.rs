//! `dead-letters.jsonl`: one object per rejected record, each once.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use adx_sink::dead_letter::Coordinates;
use anyhow::Context;

use super::replace::Replacement;

/// The file under construction. A sink that starts again appends its dead letters again, in the same order: what lies at or below the last
/// position of its log has been written.
#[derive(Debug)]
pub struct DeadLetters {
    file: Replacement,
    last: HashMap<(String, u32), u64>,
    written: u64,
}

impl DeadLetters {
    pub fn begin(out: &Path) -> anyhow::Result<Self> {
        Ok(Self { file: Replacement::begin(out, "dead-letters.jsonl")?, last: HashMap::new(), written: 0 })
    }

    /// Adds one as it is in the topic `dead-letters`.
    pub fn add(&mut self, json: &[u8]) -> anyhow::Result<()> {
        let at: Coordinates = serde_json::from_slice(json).context("read a dead letter")?;
        let last = self.last.entry((at.topic, at.partition));
        let is_new = match &last {
            std::collections::hash_map::Entry::Occupied(last) => at.offset > *last.get(),
            std::collections::hash_map::Entry::Vacant(_) => true,
        };
        if is_new {
            last.insert_entry(at.offset);
            self.file.write_all(json).and_then(|()| self.file.write_all(b"\n")).context("write dead-letters.jsonl")?;
            self.written += 1;
        }
        Ok(())
    }

    pub fn finish(self) -> anyhow::Result<u64> {
        self.file.finish()?;
        Ok(self.written)
    }
}
