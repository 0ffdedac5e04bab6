//! The stand-in cluster with one partition per topic, written by the project's own publisher and read by its own reader.

use std::collections::BTreeMap;

use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_events::topic::Topic;
use adx_local_fluvio::{Config, LocalFluvio};
use adx_publisher::{Cluster, Limits, Publisher};
use adx_sink::reader::{ModuleCall, PartitionLog, PartitionReader, ReadLimits, Shape};
use adx_smartmodules::{BIDS, CLICKS, DEDUPE, IMPRESSIONS, Module, modules};
use anyhow::{Context, Result, ensure};
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::topic::TopicSpec;

use crate::measure::{Clock, Sample};
use crate::records::Records;

/// A module and what it is given.
#[derive(Debug, Clone)]
pub struct Call {
    pub module: Module,
    pub params: BTreeMap<String, String>,
}

impl Call {
    pub fn new<const N: usize>(module: Module, params: [(&str, &str); N]) -> Self {
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { module, params: params.into() }
    }
}

/// The chain of a topic's stream as `adx run` asks for it: one pass, all verdicts of a batch in one record.
pub fn block_chain(topic: Topic) -> Vec<Call> {
    vec![Call::new(standardise(topic), [("dedupe", "true"), ("form", "block")])]
}

/// The chain that gives a record for each, as people ask for it.
pub fn record_chain(topic: Topic) -> Vec<Call> {
    vec![Call::new(DEDUPE, []), Call::new(standardise(topic), [])]
}

/// The module that turns a topic's records into verdicts.
pub fn standardise(topic: Topic) -> Module {
    match topic {
        Topic::Impressions => IMPRESSIONS,
        Topic::Clicks => CLICKS,
        Topic::Bids => BIDS,
    }
}

/// A running stand-in.
pub struct StandIn {
    /// Ends with this.
    _local: LocalFluvio,
    cluster: Cluster,
}

impl StandIn {
    pub async fn start() -> Result<Self> {
        let local = LocalFluvio::start(Config::default()).await.context("start the local Fluvio stand-in")?;
        let cluster = Cluster::new(local.endpoint());
        let admin = cluster.client().await?.admin().await;
        for module in modules() {
            let wasm = SmartModuleWasm::from_raw_wasm_bytes(module.wasm)?;
            let spec = SmartModuleSpec { wasm, ..SmartModuleSpec::default() };
            cluster.answer("create a SmartModule", admin.create(module.name.to_owned(), false, spec)).await?;
        }
        for topic in Topic::ALL {
            let spec = TopicSpec::new_computed(1, 1, None);
            cluster.answer("create a topic", admin.create(topic.name().to_owned(), false, spec)).await?;
        }
        Ok(Self { _local: local, cluster })
    }

    /// Publishes the records, until the last is acknowledged.
    pub async fn produce(&self, topic: Topic, records: &Records) -> Result<Sample> {
        let limits = Limits::default();
        let mut publisher = Publisher::connect(self.cluster.clone(), topic.name(), PartitionCount::ONE, limits).await?;
        let clock = Clock::start()?;
        for (key, value) in records.iter() {
            publisher.send(Partition(0), key, value).await?;
        }
        publisher.finish().await?;
        Ok(clock.stop(records.len() as u64)?)
    }

    /// Reads a topic to its end through its chain, by a stream of its own. Measured from the first batch on, so that starting the chain, which has a row
    /// of its own, is none of it.
    pub async fn consume(&self, topic: Topic, end: Offset) -> Result<Sample> {
        let log = PartitionLog {
            cluster: self.cluster.clone(),
            topic: topic.name().to_owned(),
            partition: Partition(0),
            chain: block_chain(topic).into_iter().map(called).collect(),
            shape: Shape::Blocks,
        };
        let mut reader = PartitionReader::new(log, Offset(0), ReadLimits::default());
        let unmeasured = reader.next_batch().await?.len() as u64;
        ensure!(unmeasured < end.0, "all {} records came at once: too few to measure", end.0);
        let clock = Clock::start()?;
        while reader.next_offset() < end {
            reader.next_batch().await?;
        }
        Ok(clock.stop(reader.next_offset().0 - unmeasured)?)
    }
}

fn called(call: Call) -> ModuleCall {
    ModuleCall { name: call.module.name.to_owned(), params: call.params }
}
