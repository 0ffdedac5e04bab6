//! Puts the topics of `fluvio-topics.yaml` and the SmartModules on a cluster.

use std::io::Write;

use adx_events::offset::PartitionCount;
use adx_publisher::Cluster;
use adx_smartmodules::modules;
use anyhow::Context;
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::topic::TopicSpec;
use fluvio_controlplane_metadata::topic::config::TopicConfig;
use serde::Deserialize;

/// The topics as declared.
const DECLARED: &str = include_str!("../../fluvio-topics.yaml");
/// Topics that have as many partitions as the run; the others keep their declared count.
const RAW: [&str; 3] = ["ad-impressions", "clicks-conversions", "bid-requests"];

/// The declared topics, in the order of the file.
pub fn declared() -> anyhow::Result<Vec<TopicConfig>> {
    serde_yaml::Deserializer::from_str(DECLARED)
        .map(|document| TopicConfig::deserialize(document).context("read fluvio-topics.yaml"))
        .collect()
}

/// Creates every topic, the raw ones with the given partition count, and every SmartModule.
pub async fn create_all(cluster: &Cluster, partitions: PartitionCount) -> anyhow::Result<()> {
    let admin = cluster.client().await.context("connect to the cluster")?.admin().await;
    for module in modules() {
        let gzipped = gzip(module.wasm).with_context(|| format!("compress SmartModule {}", module.name))?;
        let spec =
            SmartModuleSpec { wasm: SmartModuleWasm::from_compressed_gzip(gzipped), ..SmartModuleSpec::default() };
        cluster
            .answer("create a SmartModule", admin.create(module.name.to_owned(), false, spec))
            .await
            .with_context(|| format!("create SmartModule {}", module.name))?;
    }
    for mut topic in declared()? {
        let name = topic.meta.name.clone();
        if RAW.contains(&name.as_str()) {
            topic.partition.count = Some(partitions.get());
        }
        cluster
            .answer("create a topic", admin.create(name.clone(), false, TopicSpec::from(topic)))
            .await
            .with_context(|| format!("create topic {name}"))?;
    }
    Ok(())
}

/// A cluster stores modules gzipped.
fn gzip(wasm: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(wasm)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use adx_events::topic::Topic;

    #[test]
    fn the_raw_topics_are_declared_with_equal_partition_counts() {
        let topics = declared().unwrap();
        assert_eq!(RAW, Topic::ALL.map(Topic::name));
        let counts: Vec<_> =
            RAW.iter().map(|raw| topics.iter().find(|t| t.meta.name == *raw).unwrap().partition.count).collect();
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
        assert!(topics.iter().any(|t| t.meta.name == adx_sink::dead_letter::TOPIC));
        assert!(topics.iter().all(|t| t.deduplication.is_none()));
    }
}
