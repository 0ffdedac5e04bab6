//! The cluster under test, topics and modules of one test's own on it, and their end.

use std::collections::hash_map::RandomState;
use std::fmt::Display;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use adx_events::offset::{Partition, PartitionCount};
use adx_local_fluvio::{Config, LocalFluvio};
use adx_publisher::Cluster;
use fluvio::metadata::partition::PartitionSpec;
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::topic::TopicSpec;
use fluvio::{Fluvio, FluvioAdmin};
use fluvio_protocol::link::ErrorCode;
use futures_util::{FutureExt, StreamExt};
use tempfile::TempDir;
use tokio::sync::RwLock;

use crate::modules::by_name;
use crate::reading::{open, through};

/// Far more than any step takes; what does not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a topic's creation is waited for before it is tried as it is.
const CREATION: Duration = Duration::from_secs(5);
/// After so long without an answer, a stream is at work and has nothing to send.
const SILENCE: Duration = Duration::from_millis(300);
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Held by a test that restarts a real cluster's SPU alone, by the others together.
static UNDISTURBED: RwLock<()> = RwLock::const_new(());

/// Whether a test bears that others run beside it on a real cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    Welcome,
    Alone,
}

enum Server {
    StandIn(Box<StandIn>),
    Real { restart: Option<String> },
}

/// The local stand-in, its data in a directory; it can be started anew on the same ports.
struct StandIn {
    config: Config,
    running: tokio::sync::Mutex<Option<LocalFluvio>>,
    _dir: TempDir,
}

impl StandIn {
    async fn start() -> (Self, String) {
        let dir = TempDir::new().unwrap();
        let config = Config { data: Some(dir.path().to_owned()), ..Config::default() };
        let local = LocalFluvio::start(config.clone()).await.unwrap();
        let (sc, spu) = (local.endpoint(), local.spu_endpoint());
        let port = |endpoint: &str| endpoint.rsplit_once(':').unwrap().1.parse().unwrap();
        let config = Config { sc_port: port(&sc), spu_port: port(&spu), ..config };
        (Self { config, running: tokio::sync::Mutex::new(Some(local)), _dir: dir }, sc)
    }

    async fn restart(&self) {
        let mut running = self.running.lock().await;
        running.take().expect("running").shutdown().await;
        *running = Some(LocalFluvio::start(self.config.clone()).await.unwrap());
    }
}

/// A cluster, a stock client of it, and names that nobody else has.
pub struct Bed {
    pub cluster: Cluster,
    pub client: Fluvio,
    pub admin: FluvioAdmin,
    server: Server,
    id: String,
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    topics: Vec<String>,
    modules: Vec<String>,
}

/// Runs `test` on the cluster, and removes what it made there even if it fails.
pub async fn on_cluster(company: Company, test: impl AsyncFnOnce(&Bed)) {
    let _alone = match company {
        Company::Alone => Some(UNDISTURBED.write().await),
        Company::Welcome => None,
    };
    let _together = match company {
        Company::Alone => None,
        Company::Welcome => Some(UNDISTURBED.read().await),
    };
    let bed = Bed::new().await;
    let ended = AssertUnwindSafe(Box::pin(test(&bed))).catch_unwind().await;
    bed.clean_up().await;
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

impl Bed {
    async fn new() -> Self {
        let (server, endpoint) = match std::env::var("ADX_FLUVIO") {
            Ok(endpoint) => (Server::Real { restart: std::env::var("ADX_FLUVIO_RESTART").ok() }, endpoint),
            Err(_) => {
                let (stand_in, endpoint) = StandIn::start().await;
                (Server::StandIn(Box::new(stand_in)), endpoint)
            }
        };
        say_which(&server, &endpoint);
        let cluster = Cluster::new(endpoint);
        let client = within(cluster.client()).await.unwrap();
        let admin = client.admin().await;
        let id = format!("wire-{:012x}", RandomState::new().build_hasher().finish() & 0xffff_ffff_ffff);
        Self { cluster, client, admin, server, id, made: Mutex::default() }
    }

    /// The name that `name` has on the cluster.
    pub fn named(&self, name: &str) -> String {
        format!("{}-{name}", self.id)
    }

    /// A topic of so many partitions, ready for use.
    pub async fn topic(&self, name: &str, partitions: u32) -> String {
        self.topic_of(name, TopicSpec::new_computed(partitions, 1, None)).await
    }

    pub async fn topic_of(&self, name: &str, spec: TopicSpec) -> String {
        let (topic, partitions) = (self.named(name), spec.partitions());
        self.made.lock().unwrap_or_else(PoisonError::into_inner).topics.push(topic.clone());
        // A real SC sometimes misses that a partition came online and answers after its own 90 s, long after the topic is of
        // use; on a connection of its own it holds up nothing else.
        let admin = within(self.cluster.client()).await.unwrap().admin().await;
        if let Ok(answered) = tokio::time::timeout(CREATION, admin.create(topic.clone(), false, spec)).await {
            answered.unwrap();
        }
        for partition in PartitionCount::new(partitions).unwrap().partitions() {
            within(once_it_works(|| self.cluster.log_range(&self.client, &topic, partition))).await;
        }
        topic
    }

    /// A module of its own on the cluster, from WebAssembly text, known to the SPU that leads `topic`.
    pub async fn module(&self, name: &str, text: &str, topic: &str) -> String {
        self.compiled(name, text.as_bytes(), topic).await
    }

    /// The same from its bytes.
    pub async fn compiled(&self, name: &str, wasm: &[u8], topic: &str) -> String {
        let module = self.named(name);
        self.made.lock().unwrap_or_else(PoisonError::into_inner).modules.push(module.clone());
        let wasm = SmartModuleWasm::from_raw_wasm_bytes(wasm).unwrap();
        within(self.admin.create(module.clone(), false, SmartModuleSpec { wasm, ..Default::default() })).await.unwrap();
        Box::pin(within(self.known_to_the_spu(&module, topic))).await;
        module
    }

    /// A real SC answers before its SPUs have heard of the module. A stream through an unknown one is answered at once,
    /// one through a known one with records, or not at all where there are none.
    async fn known_to_the_spu(&self, module: &str, topic: &str) {
        once_there(async || {
            let mut stream = open(self, &mut through(topic, 0, 0, vec![by_name(module, &[])])).await;
            match tokio::time::timeout(SILENCE, stream.next()).await {
                Ok(Some(Err(ErrorCode::SmartModuleNotFound { .. }))) => None,
                Ok(_) | Err(_) => Some(()),
            }
        })
        .await;
    }

    pub async fn delete_topic(&self, topic: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).topics.retain(|made| made != topic);
        within(self.admin.delete::<TopicSpec>(topic)).await.unwrap();
    }

    pub async fn delete_module(&self, module: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).modules.retain(|made| made != module);
        within(self.admin.delete::<SmartModuleSpec>(module)).await.unwrap();
    }

    /// The first offset and the one after the last.
    pub async fn range(&self, topic: &str, partition: u32) -> (u64, u64) {
        let range = within(self.cluster.log_range(&self.client, topic, Partition(partition))).await.unwrap();
        (range.start.0, range.end.0)
    }

    /// Restarts the SPU that leads the topic's first partition, with its data, or the whole stand-in; says so and returns false where nobody
    /// knows how.
    pub async fn restart_spu(&self, topic: &str) -> bool {
        match &self.server {
            Server::StandIn(stand_in) => {
                stand_in.restart().await;
                true
            }
            Server::Real { restart: Some(command) } => {
                let partitions = within(self.admin.all::<PartitionSpec>()).await.unwrap();
                let first = partitions.iter().find(|partition| partition.name == format!("{topic}-0")).unwrap();
                let mut shell = tokio::process::Command::new("sh");
                shell.args(["-c", command]).env("ADX_FLUVIO_SPU", first.spec.leader.to_string());
                let restarted = shell.status().await.unwrap();
                assert!(restarted.success(), "ADX_FLUVIO_RESTART ended with {restarted}");
                true
            }
            Server::Real { restart: None } => {
                tell("wire: without ADX_FLUVIO_RESTART no SPU was restarted");
                false
            }
        }
    }

    /// A new client, as after a restart: an old one keeps waiting for what it knew.
    pub async fn client_afresh(&self) -> Fluvio {
        within(once_it_works(|| self.cluster.client())).await
    }

    async fn clean_up(&self) {
        if let Server::StandIn(_) = self.server {
            return; // ends with the test
        }
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        // What a failed test did not come to make is not there; the failure is told, this is not.
        for topic in made.topics {
            let _ = within(self.admin.delete::<TopicSpec>(topic)).await;
        }
        for module in made.modules {
            let _ = within(self.admin.delete::<SmartModuleSpec>(module)).await;
        }
    }
}

fn say_which(server: &Server, endpoint: &str) {
    static SAID: Once = Once::new();
    SAID.call_once(|| match server {
        Server::StandIn(_) => tell("wire: against the local stand-in; ADX_FLUVIO=host:port names a real cluster"),
        Server::Real { .. } => tell(&format!("wire: against the cluster at {endpoint}")),
    });
}

/// Written past the capture of test output, which shows it for failed tests only.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

pub async fn within<F: Future>(step: F) -> F::Output {
    tokio::time::timeout(PATIENCE, step).await.expect("this step to end in time")
}

/// Repeats `step` until it works: a client hears of a new topic a little later than its maker.
pub async fn once_it_works<T, E: Display, F: Future<Output = Result<T, E>>>(step: impl Fn() -> F) -> T {
    loop {
        match step().await {
            Ok(done) => return done,
            Err(_) => tokio::time::sleep(ASK_AGAIN).await,
        }
    }
}

/// Repeats `look` until it shows something.
pub async fn once_there<T>(look: impl AsyncFn() -> Option<T>) -> T {
    loop {
        match look().await {
            Some(found) => return found,
            None => tokio::time::sleep(ASK_AGAIN).await,
        }
    }
}
