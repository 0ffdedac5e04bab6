//! Gives up old segments at the interval at which a real SPU does.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tracing::warn;

use crate::catalog::Catalog;
use crate::clock;

const INTERVAL: Duration = Duration::from_secs(10);

/// The work in the background; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Cleaner(JoinHandle<()>);

impl Cleaner {
    pub(crate) fn start(catalog: Arc<Catalog>) -> Self {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(INTERVAL).await;
                let catalog = Arc::clone(&catalog);
                let cleaned = tokio::task::spawn_blocking(move || catalog.clean(clock::now())).await;
                if let Err(error) = cleaned {
                    warn!(%error, "old segments stay until the next attempt");
                }
            }
        }))
    }
}

impl Drop for Cleaner {
    fn drop(&mut self) {
        self.0.abort();
    }
}
