//! A single-process stand-in for a Fluvio cluster: one SC and one SPU that speak Fluvio 0.50's wire protocol
//! on loopback and run SmartModules in Fluvio's own SmartEngine. For development, tests and demos, never for production.
//!
//! What a real SPU does to offsets and timestamps behind a SmartModule, how it cuts at `max_bytes`, inside a batch too, and
//! at a segment's end, and what it skips after a batch without output is reproduced. Nothing outlives the process.
//!
#![doc = include_str!("../SUPPORT.md")]

mod catalog;
mod consumers;
mod door;
mod faults;
mod frame;
mod log;
mod sc;
mod space;
mod spu;
pub mod support;
mod versions;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use fluvio_smartengine::SmartEngine;

pub use faults::Faults;
pub use fluvio_protocol::link::ErrorCode;

use catalog::Catalog;
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
    /// Most bytes kept at once: batches as they were sent, SmartModules, and a fixed charge per partition and consumer
    /// offset. What would exceed it is refused: produce with `PartitionFull`, create with a message.
    pub max_bytes_stored: u64,
    /// Most bytes of memory one SmartModule chain may take.
    pub max_bytes_chain: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { sc_port: 0, spu_port: 0, max_bytes_stored: 8 << 30, max_bytes_chain: 1 << 30 }
    }
}

/// Why a listener could not be opened.
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
}

impl LocalFluvio {
    /// Opens both listeners on 127.0.0.1. Must be called within a multi-threaded tokio runtime.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let space = Arc::new(Space::new(config.max_bytes_stored));
        let plan = Arc::new(Plan::default());
        let spu_listener = door::listen("SPU", loopback(config.spu_port)).await?;
        let catalog = Arc::new(Catalog::new(spu_listener.address(), Arc::clone(&space)));
        let node = Arc::new(spu::Node {
            catalog: Arc::clone(&catalog),
            consumers: consumers::Consumers::new(space),
            engine: SmartEngine::new(),
            max_bytes_chain: config.max_bytes_chain,
            compiling: tokio::sync::Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)),
            plan: Arc::clone(&plan),
        });
        let sc_listener = door::listen("SC", loopback(config.sc_port)).await?;
        let spu = Door::open(spu_listener, move |stream| spu::serve(stream, Arc::clone(&node)));
        let sc = Door::open(sc_listener, move |stream| sc::serve(stream, Arc::clone(&catalog)));
        let faults = Faults::new(plan, spu.remote());
        Ok(Self { sc, spu, faults })
    }

    /// The SC's `host:port`, what a client's profile names.
    pub fn endpoint(&self) -> String {
        self.sc.address().to_string()
    }

    /// Scripted misbehaviour, for tests.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Ends listeners and connections and waits for them; what was stored is gone.
    pub async fn shutdown(self) {
        self.sc.close().await;
        self.spu.close().await;
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
