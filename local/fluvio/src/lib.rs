//! A single-process stand-in for a Fluvio cluster: one SC and one SPU that speak Fluvio 0.50's wire protocol
//! on loopback and run SmartModules in Fluvio's own SmartEngine. For development, tests and demos, never for production.
//!
//! What a real SPU does to offsets and timestamps behind a SmartModule, how it cuts at `max_bytes`, inside a batch too, and
//! at a segment's end, and what it skips after a batch without output is reproduced.
//!
//! With [`Config::data`] everything outlives the process, `kill -9` included: what was acknowledged is there, what was
//! written in part is gone. After a power cut the latest records may be missing; where the disk lost some and kept later ones,
//! the next start is refused and says where. Without it nothing outlives the process.
//!
#![doc = include_str!("../SUPPORT.md")]

mod catalog;
mod cleaner;
mod clock;
mod consumers;
mod data;
mod door;
mod faults;
mod frame;
mod journal;
mod log;
mod sc;
mod space;
mod spu;
pub mod support;
mod versions;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use fluvio_smartengine::SmartEngine;
use tracing::warn;

pub use data::{DataError, remove_data};
pub use faults::Faults;
pub use fluvio_protocol::link::ErrorCode;

use catalog::Catalog;
use cleaner::Cleaner;
use consumers::Consumers;
use data::DataDir;
use door::Door;
use faults::Plan;
use space::Space;

/// The id under which the one SPU is known, as in a `fluvio cluster start --local` cluster.
const SPU_ID: i32 = 5001;

/// What a stand-in is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// TCP port of the SC on 127.0.0.1, the address clients are given; 0 takes any free one.
    pub sc_port: u16,
    /// TCP port of the SPU on 127.0.0.1; 0 takes any free one.
    pub spu_port: u16,
    /// Where to keep everything; `None` is in memory.
    pub data: Option<PathBuf>,
    /// Most bytes kept in memory at once: SmartModules, a fixed charge per partition and consumer offset, and without
    /// [`Config::data`] batches as they were sent. What would exceed it is refused: produce with `PartitionFull`, create
    /// with a message.
    pub max_bytes_stored: u64,
    /// Most bytes of batches on disk at once, beside what topics' own retention bounds; more is refused likewise. For each
    /// 256 of them one of memory may be taken besides, for the index.
    pub max_bytes_on_disk: u64,
    /// Most bytes of memory one SmartModule chain may take.
    pub max_bytes_chain: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sc_port: 0,
            spu_port: 0,
            data: None,
            max_bytes_stored: 8 << 30,
            max_bytes_on_disk: 32 << 30,
            max_bytes_chain: 1 << 30,
        }
    }
}

/// Why a stand-in could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("cannot listen on {address} for the {role}")]
    Listen {
        /// The listener's part in the cluster: `SC` or `SPU`.
        role: &'static str,
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The data directory.
    #[error("cannot use the data directory")]
    Data(#[from] DataError),
    /// The thread that was to open the data directory ended.
    #[error("cannot open the data directory")]
    Opening {
        /// What the runtime said.
        source: tokio::task::JoinError,
    },
    /// The stand-in was shut down.
    #[error("the {role} of this stand-in is shut down")]
    ShutDown {
        /// The listener's part in the cluster: `SC` or `SPU`.
        role: &'static str,
    },
}

/// A running stand-in; dropping it ends its listeners and connections too.
#[derive(Debug)]
pub struct LocalFluvio {
    sc: Door,
    spu: Door,
    faults: Faults,
    stored: Stored,
    cleaner: Cleaner,
}

/// Everything that is kept.
#[derive(Debug, Clone)]
struct Stored {
    catalog: Arc<Catalog>,
    consumers: Arc<Consumers>,
    data: Option<Arc<DataDir>>,
}

impl Stored {
    fn open(config: &Config, spu: SocketAddr) -> Result<Self, DataError> {
        let space = Arc::new(Space::new(config.max_bytes_stored));
        let open = |dir: &Path| DataDir::open(dir, config.max_bytes_on_disk).map(Arc::new);
        let data = config.data.as_deref().map(open).transpose()?;
        let consumers = Arc::new(Consumers::open(Arc::clone(&space), data.as_deref())?);
        let catalog = Arc::new(Catalog::open(spu, space, data.clone(), Arc::clone(&consumers))?);
        catalog.clean(clock::now()); // what had its time while nothing ran
        Ok(Self { catalog, consumers, data })
    }

    /// Leaves it to another stand-in, on the disk and not only with the kernel.
    fn close(&self) {
        let Some(data) = &self.data else { return };
        if let Err(error) = self.catalog.sync().and_then(|()| self.consumers.sync()) {
            warn!(error = &error as &dyn std::error::Error, "a power cut could still cost the latest data");
        }
        data.release();
    }
}

impl LocalFluvio {
    /// Opens both listeners on 127.0.0.1, and the data directory if there is one. Must be called within a multi-threaded
    /// tokio runtime.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let plan = Arc::new(Plan::default());
        let spu_listener = door::listen("SPU", loopback(config.spu_port)).await?;
        let sc_listener = door::listen("SC", loopback(config.sc_port)).await?;
        let spu_address = spu_listener.address();
        let max_bytes_chain = config.max_bytes_chain;
        let opened = tokio::task::spawn_blocking(move || Stored::open(&config, spu_address)).await;
        let stored = opened.map_err(|source| StartError::Opening { source })??;
        let catalog = Arc::clone(&stored.catalog);
        let node = Arc::new(spu::Node {
            catalog: Arc::clone(&catalog),
            consumers: Arc::clone(&stored.consumers),
            engine: SmartEngine::new(),
            max_bytes_chain,
            compiling: tokio::sync::Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)),
            plan: Arc::clone(&plan),
        });
        let cleaner = Cleaner::start(Arc::clone(&catalog));
        let spu = Door::open(spu_listener, move |stream| spu::serve(stream, Arc::clone(&node)));
        let sc = Door::open(sc_listener, move |stream| sc::serve(stream, Arc::clone(&catalog)));
        let faults = Faults::new(plan, spu.remote());
        Ok(Self { sc, spu, faults, stored, cleaner })
    }

    /// The SC's `host:port`, what a client's profile names.
    pub fn endpoint(&self) -> String {
        self.sc.address().to_string()
    }

    /// The SPU's `host:port`, which clients learn from the SC.
    pub fn spu_endpoint(&self) -> String {
        self.spu.address().to_string()
    }

    /// Scripted misbehaviour, for tests.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Gives up what topics' retention does not keep at `now`, as it is done every ten seconds.
    pub async fn clean(&self, now: SystemTime) {
        let catalog = Arc::clone(&self.stored.catalog);
        let cleaning = tokio::task::spawn_blocking(move || catalog.clean(clock::unix_millis(now)));
        if let Err(error) = cleaning.await {
            warn!(%error, "old segments stay until the next attempt");
        }
    }

    /// Ends listeners and connections and waits for them. What was stored is gone, or in the data directory, which another
    /// stand-in may then open.
    pub async fn shutdown(self) {
        drop(self.cleaner);
        self.sc.close().await;
        self.spu.close().await;
        let stored = self.stored;
        let closing = tokio::task::spawn_blocking(move || stored.close());
        if let Err(error) = closing.await {
            warn!(%error, "the data directory was not closed");
        }
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
