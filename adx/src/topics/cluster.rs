//! Topics and SmartModules of a cluster: lists them, and makes them as they are declared.

use std::io::{Read, Write};
use std::time::Duration;

use adx_publisher::{Cluster, ClusterError};
use adx_smartmodules::Module;
use fluvio::FluvioAdmin;
use fluvio::metadata::objects::Metadata;
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::topic::TopicSpec;
use fluvio_controlplane_metadata::smartmodule::SmartModuleMetadata;

use super::declared::DeclaredTopic;
use super::plan::{Change, Found, FoundModule, Plan};
use crate::patience::{cause, patiently};

/// A stored module that unpacks to more is no module of ours, whatever it is.
const WASM_BYTES_MAX: u64 = 64 << 20;

/// What a cluster is to have.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub topics: Vec<DeclaredTopic>,
    pub modules: Vec<Module>,
    /// Whether a module with other bytes is replaced; else it is left as it is.
    pub replace_modules: bool,
}

impl Wanted {
    /// What there is to do. Waits for the cluster where it must.
    pub async fn plan(&self, cluster: &Cluster, give_up_after: Duration) -> anyhow::Result<Plan> {
        patiently(cluster, "compare topics and SmartModules", give_up_after, async || {
            self.plan_with(cluster, &admin(cluster).await?).await
        })
        .await
    }

    async fn plan_with(&self, cluster: &Cluster, admin: &FluvioAdmin) -> Result<Plan, ClusterError> {
        Ok(Plan::of(&self.topics, &self.modules, &self.find(cluster, admin).await?))
    }

    async fn find(&self, cluster: &Cluster, admin: &FluvioAdmin) -> Result<Found, ClusterError> {
        let topics = cluster.answer("list topics", admin.all::<TopicSpec>()).await?;
        let names: Vec<_> = self.modules.iter().map(|module| module.name.to_owned()).collect();
        let modules = match names.is_empty() {
            true => Vec::new(), // no name would list all there are
            false => cluster.answer("list SmartModules", admin.list::<SmartModuleSpec, String>(names)).await?,
        };
        let topic = |topic: Metadata<TopicSpec>| DeclaredTopic { name: topic.name, spec: topic.spec };
        Ok(Found {
            topics: topics.into_iter().map(topic).collect(),
            modules: modules.into_iter().map(found_module).collect(),
        })
    }

    /// Makes the cluster so, and tells of each change once it is made; nothing is changed where a partition count forbids it.
    /// Returns the plan of the last attempt: what stands in the way still does.
    pub async fn apply(
        &self,
        cluster: &Cluster,
        give_up_after: Duration,
        mut made: impl FnMut(&Change),
    ) -> anyhow::Result<Plan> {
        patiently(cluster, "set up topics and SmartModules", give_up_after, async || {
            let admin = admin(cluster).await?;
            let plan = self.plan_with(cluster, &admin).await?;
            if plan.forbidden().is_some() {
                return Ok(plan);
            }
            for change in &plan.changes {
                if self.replace_modules || !matches!(change, Change::ReplaceModule { .. }) {
                    make(cluster, &admin, change).await?;
                    made(change);
                }
            }
            Ok(plan)
        })
        .await
    }
}

async fn admin(cluster: &Cluster) -> Result<FluvioAdmin, ClusterError> {
    Ok(cluster.client().await?.admin().await)
}

async fn make(cluster: &Cluster, admin: &FluvioAdmin, change: &Change) -> Result<(), ClusterError> {
    match change {
        Change::CreateTopic(DeclaredTopic { name, spec }) => {
            let created = async { admin.create(name.clone(), false, spec.clone()).await.map_err(cause) };
            cluster.answer("create a topic", created).await
        }
        Change::CreateModule { name, wasm } => put_module(cluster, admin, name, None, wasm).await,
        Change::ReplaceModule { key, package, wasm } => put_module(cluster, admin, key, package.clone(), wasm).await,
    }
}

/// Stores a module; one that is there under this key is replaced.
async fn put_module(
    cluster: &Cluster,
    admin: &FluvioAdmin,
    key: &str,
    meta: Option<SmartModuleMetadata>,
    wasm: &[u8],
) -> Result<(), ClusterError> {
    let stored = async {
        let wasm = SmartModuleWasm::from_compressed_gzip(gzip(wasm)?);
        let spec = SmartModuleSpec { meta, wasm, ..SmartModuleSpec::default() };
        admin.create(key.to_owned(), false, spec).await.map_err(cause)
    };
    cluster.answer("store a SmartModule", stored).await
}

fn found_module(module: Metadata<SmartModuleSpec>) -> FoundModule {
    let wasm = gunzip(&module.spec.wasm.payload);
    FoundModule { key: module.name, package: module.spec.meta, wasm }
}

/// A cluster stores modules gzipped.
fn gzip(wasm: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(wasm)?;
    encoder.finish()
}

fn gunzip(payload: &[u8]) -> Option<Vec<u8>> {
    let mut wasm = Vec::new();
    let read = flate2::read::GzDecoder::new(payload).take(WASM_BYTES_MAX + 1).read_to_end(&mut wasm).ok()?;
    (read as u64 <= WASM_BYTES_MAX).then_some(wasm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_unpacked_or_passed_over() {
        let wasm = vec![7; 100_000];
        let packed = gzip(&wasm).unwrap();
        assert_eq!(gunzip(&packed), Some(wasm));
        assert_eq!(gunzip(&packed[..packed.len() - 9]), None);
        assert_eq!(gunzip(b"\0asm"), None);
        let bomb = gzip(&vec![0; WASM_BYTES_MAX as usize + 1]).unwrap();
        assert_eq!(gunzip(&bomb), None);
    }
}
