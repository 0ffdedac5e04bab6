//! One partition's task: chunk after chunk, each until it is stored.

use std::time::Instant;

use adx_events::offset::Offset;

use crate::buffer::Outlet;
use crate::chunk::Chunk;
use crate::cluster::Cluster;
use crate::error::{AttemptError, PublishError};
use crate::limits::Limits;
use crate::link::Link;
use crate::outage::{Outage, Target};

/// The task's state.
pub(crate) struct Lane {
    cluster: Cluster,
    target: Target,
    limits: Limits,
    outage: Outage,
    link: Option<Link>,
}

impl Lane {
    pub(crate) fn new(cluster: Cluster, target: Target, limits: Limits) -> Self {
        let outage = Outage::new(target.clone(), &limits);
        Self { cluster, target, limits, outage, link: None }
    }

    /// Publishes all that comes; returns the offset after the last record stored, or the log's end where there was none.
    pub(crate) async fn run(mut self, mut outlet: Outlet) -> Result<Offset, PublishError> {
        let mut chunk = Chunk::new(self.limits.batch_bytes());
        let mut end = None;
        while outlet.fill(&mut chunk).await {
            end = self.deliver(&mut chunk).await?.or(end);
            outlet.release(chunk.bytes());
            chunk.clear();
        }
        match end {
            Some(end) => Ok(end),
            None => self.log_end().await,
        }
    }

    async fn deliver(&mut self, chunk: &mut Chunk) -> Result<Option<Offset>, PublishError> {
        loop {
            match self.attempt(chunk).await {
                Ok(end) => {
                    self.outage.over(Instant::now());
                    return Ok(end);
                }
                Err(error) => {
                    self.link = None;
                    self.wait_after(error).await?;
                }
            }
        }
    }

    async fn attempt(&mut self, chunk: &mut Chunk) -> Result<Option<Offset>, AttemptError> {
        let Target { topic, partition, .. } = &self.target;
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(Box::pin(Link::open(&self.cluster, topic, *partition, &self.limits)).await?),
        };
        link.deliver(chunk).await
    }

    async fn log_end(&mut self) -> Result<Offset, PublishError> {
        loop {
            let asked = Box::pin(self.cluster.log_end(&self.target.topic, self.target.partition)).await;
            match asked {
                Ok(end) => return Ok(end),
                Err(error) => self.wait_after(error.into()).await?,
            }
        }
    }

    async fn wait_after(&mut self, error: AttemptError) -> Result<(), PublishError> {
        let wait = self.outage.failed(error, Instant::now())?;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
