//! The stand-in cluster with one partition per topic, written by the project's own publisher and read by its own reader.

use adx_events::offset::{Offset, Partition, PartitionCount};
use adx_events::topic::Topic;
use adx_local_fluvio::{Config, LocalFluvio};
use adx_publisher::{Cluster, Limits, Publisher};
use adx_sink::reader::{ModuleCall, PartitionLog, PartitionReader, ReadLimits, offset_in_verdict};
use adx_smartmodules::{BIDS, CLICKS, DEDUPE, IMPRESSIONS, Module, modules};
use anyhow::{Context, Result};
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::topic::TopicSpec;

use crate::measure::{Clock, Sample};
use crate::records::Records;

/// The chain of a topic's stream, as `adx run` asks for it.
pub fn chain(topic: Topic) -> [Module; 2] {
    let standardise = match topic {
        Topic::Impressions => IMPRESSIONS,
        Topic::Clicks => CLICKS,
        Topic::Bids => BIDS,
    };
    [DEDUPE, standardise]
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

    /// Reads a topic to its end through its chain, by a stream of its own.
    pub async fn consume(&self, topic: Topic, end: Offset) -> Result<Sample> {
        let log = PartitionLog {
            cluster: self.cluster.clone(),
            topic: topic.name().to_owned(),
            partition: Partition(0),
            chain: chain(topic).map(|m| ModuleCall { name: m.name.to_owned(), params: Default::default() }).to_vec(),
            offset_of: offset_in_verdict,
        };
        let mut reader = PartitionReader::new(log, Offset(0), ReadLimits::default());
        let clock = Clock::start()?;
        while reader.next_offset() < end {
            reader.next_batch().await?;
        }
        Ok(clock.stop(reader.next_offset().0)?)
    }
}
