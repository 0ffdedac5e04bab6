//! What rows share: the input, its first records in memory, the runtime, the engine.

use std::cell::OnceCell;
use std::path::PathBuf;

use adx_events::topic::Topic;
use anyhow::{Context as _, Result, ensure};
use fluvio_smartengine::SmartEngine;
use tokio::runtime::Runtime;

use crate::feed;
use crate::input::Input;
use crate::records::Records;
use crate::week::Week;

/// Records of a topic that rows keep in memory at most.
const RECORDS_MAX: usize = 300_000;

/// Made once, before the first row.
pub struct Context {
    pub input: Input,
    pub runtime: Runtime,
    pub engine: SmartEngine,
    /// The program measured as a whole.
    pub adx: PathBuf,
    /// Where results go.
    pub dir: PathBuf,
    first: [OnceCell<Records>; Topic::ALL.len()],
    week: OnceCell<Week>,
}

impl Context {
    pub fn new(input: Input, adx: PathBuf, dir: PathBuf) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
        let first = [const { OnceCell::new() }; Topic::ALL.len()];
        Ok(Self { input, runtime, engine: SmartEngine::new(), adx, dir, first, week: OnceCell::new() })
    }

    /// A real influxd with a week of campaigns.
    pub fn week(&self) -> Result<&Week> {
        if self.week.get().is_none() {
            let week = self.runtime.block_on(Week::load())?;
            let _ = self.week.set(week); // it was empty
        }
        self.week.get().context("keep the server")
    }

    /// The first records of a topic, as the edge reads and numbers them for one partition.
    pub fn records(&self, topic: Topic) -> Result<&Records> {
        let cell = &self.first[topic.index()];
        if cell.get().is_none() {
            let records = self.runtime.block_on(feed::first(&self.input.only(topic)?, topic, RECORDS_MAX))?;
            ensure!(records.len() > 0, "no records in {}", self.input.dir().join(topic.input()).display());
            let _ = cell.set(records); // it was empty
        }
        cell.get().context("keep the records")
    }
}
