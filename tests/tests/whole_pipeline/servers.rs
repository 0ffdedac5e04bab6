//! Servers that a test starts and names to `adx` as a user names real ones; and the real cluster, where there is one.

use adx_local_fluvio::LocalFluvio;
use adx_local_influx::{Account, LocalInflux};
use adx_publisher::Cluster;
use fluvio::metadata::smartmodule::SmartModuleSpec;
use fluvio::metadata::topic::TopicSpec;

const ORG: &str = "advertisex";
const TOKEN: &str = "a token of this test";

/// Names a real cluster, `host:port`, for the tests that can use one.
pub const REAL_CLUSTER: &str = "ADX_FLUVIO";

/// A Fluvio and an InfluxDB that is set up.
pub struct Servers {
    pub fluvio: LocalFluvio,
    pub influx: LocalInflux,
    token: tempfile::NamedTempFile,
}

impl Servers {
    pub async fn start() -> Self {
        let (org, bucket, token) = (ORG.to_owned(), "live".to_owned(), TOKEN.to_owned());
        let account = Some(Account { org, bucket, token, read_token: None, keeps: None });
        let influx = LocalInflux::start(adx_local_influx::Config { account, ..Default::default() }).await.unwrap();
        let token = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(token.path(), format!("{TOKEN}\n")).unwrap();
        Self { fluvio: LocalFluvio::start(Default::default()).await.unwrap(), influx, token }
    }

    /// What a user says to name both.
    pub fn args(&self) -> Vec<String> {
        [vec!["--cluster".to_owned(), self.fluvio.endpoint()], self.influx_args()].concat()
    }

    pub fn influx_args(&self) -> Vec<String> {
        let token = self.token.path().to_str().unwrap().to_owned();
        vec!["--influx-url".to_owned(), self.influx.url(), "--influx-token-file".to_owned(), token]
    }

    /// The names of all buckets.
    pub async fn buckets(&self) -> Vec<String> {
        let client = adx_influx::InfluxClient::new(
            adx_influx::InfluxTarget {
                url: self.influx.url(),
                org: ORG.to_owned(),
                bucket: String::new(),
                token: TOKEN.to_owned(),
            },
            Default::default(),
        );
        client.unwrap().bucket_names().await.unwrap()
    }
}

/// The real cluster, or word that there is none.
pub fn real_cluster(what: &str) -> Option<String> {
    let cluster = std::env::var(REAL_CLUSTER).ok();
    match &cluster {
        Some(endpoint) => eprintln!("{what}: also on the real cluster {endpoint}"),
        None => eprintln!("SKIPPED: {what} on a real cluster: {REAL_CLUSTER} names none"),
    }
    cluster
}

/// The names of the topics of a cluster.
pub async fn topics(endpoint: &str) -> Vec<String> {
    let admin = Cluster::new(endpoint).client().await.unwrap().admin().await;
    admin.all::<TopicSpec>().await.unwrap().into_iter().map(|topic| topic.name).collect()
}

/// The names of the SmartModules of a cluster.
pub async fn modules(endpoint: &str) -> Vec<String> {
    let admin = Cluster::new(endpoint).client().await.unwrap().admin().await;
    admin.all::<SmartModuleSpec>().await.unwrap().into_iter().map(|module| module.name).collect()
}

/// Creates a topic.
pub async fn create_topic(endpoint: &str, name: &str, spec: TopicSpec) {
    let admin = Cluster::new(endpoint).client().await.unwrap().admin().await;
    admin.create(name.to_owned(), false, spec).await.unwrap();
}

/// Deletes topics.
pub async fn delete_topics(endpoint: &str, names: &[String]) {
    let admin = Cluster::new(endpoint).client().await.unwrap().admin().await;
    for name in names {
        admin.delete::<TopicSpec>(name.as_str()).await.unwrap();
    }
}
