//! The servers of a run: real ones, on which it leaves nothing behind, or stand-ins that end with it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adx_influx::InfluxClient;
use adx_local_fluvio::LocalFluvio;
use adx_local_influx::LocalInflux;
use adx_publisher::Cluster;
use anyhow::Context;

use super::leftovers;
use super::logs::Logs;
use super::name::{RunName, random_hex};
use crate::access::InfluxAccess;

const ORG: &str = "advertisex";
const USER: &str = "adx";
/// How long removing what a run made may take on a server that does not answer.
const REMOVE_WITHIN: Duration = Duration::from_secs(30);

/// Where a run takes place; a stand-in where no server is named.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    pub cluster: Option<Cluster>,
    pub influx: Option<InfluxAccess>,
    /// Whether topics and bucket stay.
    pub keep: bool,
}

/// The servers at work.
pub struct Servers {
    pub cluster: Cluster,
    pub influx: Arc<InfluxClient>,
    /// What the run's topics and bucket are called.
    pub name: RunName,
    choice: Choice,
    fluvio: Option<LocalFluvio>,
    /// After the stand-in that writes there.
    logs: Option<Logs>,
    influxdb: Option<LocalInflux>,
}

impl Servers {
    /// Starts the stand-ins that are needed, with room for their topics in `out`; asks nothing of the real servers yet.
    pub async fn start(choice: &Choice, out: &Path, give_up_after: Duration) -> anyhow::Result<Self> {
        let name = RunName::draw().context("draw a name for the run")?;
        let (cluster, fluvio, logs) = match &choice.cluster {
            Some(cluster) => (cluster.clone(), None, None),
            None => {
                let logs = Logs::within(out)?;
                let config = adx_local_fluvio::Config { data: Some(logs.dir().to_owned()), ..Default::default() };
                let fluvio = LocalFluvio::start(config).await.context("start the local Fluvio stand-in")?;
                (Cluster::new(fluvio.endpoint()), Some(fluvio), Some(logs))
            }
        };
        let (access, influxdb) = match &choice.influx {
            Some(access) => (access.clone(), None),
            None => {
                let influxdb = LocalInflux::start(adx_local_influx::Config::default()).await;
                let influxdb = influxdb.context("start the local InfluxDB stand-in")?;
                let token = random_hex::<16>().context("draw a token for the local InfluxDB stand-in")?;
                (InfluxAccess { url: influxdb.url(), org: ORG.to_owned(), token }, Some(influxdb))
            }
        };
        let influx = Arc::new(access.client(name.bucket(), give_up_after)?);
        Ok(Self { cluster, influx, name, choice: choice.clone(), fluvio, logs, influxdb })
    }

    /// Waits for InfluxDB and makes the bucket of the run. Only a stand-in is set up: a real server's owner has done it.
    pub async fn make_bucket(&self) -> anyhow::Result<()> {
        self.influx.wait_ready().await.context("wait for InfluxDB")?;
        if self.influxdb.is_some() {
            let password = random_hex::<16>().context("draw a password for the local InfluxDB stand-in")?;
            self.influx.ensure_set_up(USER, &password).await.context("set up InfluxDB")?;
        }
        self.influx.ensure_bucket(None).await.context("make the bucket of the run")
    }

    /// Ends the stand-ins, and removes what the run made on real servers; says what it left there because it was told to.
    pub async fn end(self) -> anyhow::Result<Option<String>> {
        let kept = self.choice.keep.then(|| self.described());
        let removed = if self.choice.keep { Ok(()) } else { self.remove().await };
        if let Some(influxdb) = self.influxdb {
            influxdb.shutdown().await;
        }
        // Not shut down in order, which would bring to the disk what is removed now.
        drop(self.fluvio);
        drop(self.logs);
        removed.map(|()| kept.filter(|kept| !kept.is_empty()).map(|kept| format!("kept: {kept}")))
    }

    async fn remove(&self) -> anyhow::Result<()> {
        // Both are tried, whatever becomes of the other.
        let topics = match &self.choice.cluster {
            Some(cluster) => leftovers::remove_topics(cluster, REMOVE_WITHIN, |run| *run == self.name).await.map(drop),
            None => Ok(()),
        };
        let bucket = match &self.choice.influx {
            Some(access) => leftovers::remove_bucket(access, REMOVE_WITHIN, self.name.bucket()).await,
            None => Ok(()),
        };
        topics.and(bucket).with_context(|| {
            format!("remove what the run made ({}): `adx run --clean` does it later", self.described())
        })
    }

    /// What the run has on real servers.
    pub fn described(&self) -> String {
        let topics = self.choice.cluster.as_ref().map(|at| format!("topics {}-* at {}", self.name, at.endpoint()));
        let bucket = self.choice.influx.as_ref().map(|at| format!("bucket {} at {}", self.name, at.url));
        topics.into_iter().chain(bucket).collect::<Vec<_>>().join(", ")
    }
}
