//! One partition's task: batch after batch, each until it is stored.

use std::time::Instant;

use adx_events::offset::Offset;
use fluvio_compression::Compression;
use fluvio_protocol::api::RequestMessage;
use tracing::error;

use crate::batch::{Filling, Sealed};
use crate::buffer::Outlet;
use crate::cluster::Cluster;
use crate::error::{AttemptError, PublishError};
use crate::limits::Limits;
use crate::link::{Link, Outgoing};
use crate::outage::{Outage, Target};
use crate::request::{batch_of, request};

/// The task's state.
pub(crate) struct Lane {
    cluster: Cluster,
    target: Target,
    compression: Compression,
    limits: Limits,
    outage: Outage,
    link: Option<Link>,
    /// The offset after the last record stored.
    end: Option<Offset>,
}

impl Lane {
    pub(crate) fn new(cluster: Cluster, target: Target, compression: Compression, limits: Limits) -> Self {
        let outage = Outage::new(target.clone(), &limits);
        Self { cluster, target, compression, limits, outage, link: None, end: None }
    }

    /// Publishes all that comes; returns the offset after the last record stored, or the log's end where there was none.
    pub(crate) async fn run(mut self, outlet: Outlet) -> Result<Offset, PublishError> {
        let mut room = Vec::new();
        while let Some(batch) = outlet.next(std::mem::take(&mut room)).await {
            let mut outgoing = self.address(batch)?;
            let end = self.deliver(&mut outgoing).await?;
            self.advance(end, outgoing.records);
            room = batch_of(outgoing.message.request).map(Sealed::into_room).unwrap_or_default();
        }
        match self.end {
            Some(end) => Ok(end),
            None => self.log_end().await,
        }
    }

    fn address(&self, batch: Filling) -> Result<Outgoing, PublishError> {
        let Target { topic, partition, .. } = &self.target;
        let records = batch.records();
        let sealed = batch.seal(self.compression).map_err(|error| PublishError::NotCompressed {
            topic: topic.clone(),
            partition: *partition,
            source: error.into(),
        })?;
        Ok(Outgoing { message: RequestMessage::new_request(request(topic, *partition, sealed)), records })
    }

    /// The very same request until it is stored: the leader may have changed, never what it is asked.
    async fn deliver(&mut self, outgoing: &mut Outgoing) -> Result<Offset, PublishError> {
        loop {
            match self.attempt(outgoing).await {
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

    async fn attempt(&mut self, outgoing: &mut Outgoing) -> Result<Offset, AttemptError> {
        let Target { topic, partition, .. } = &self.target;
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(Box::pin(Link::open(&self.cluster, topic, *partition, &self.limits)).await?),
        };
        link.deliver(topic, *partition, outgoing).await
    }

    /// Takes note of how far the log reaches. It only grows, unless a leader came that lacks what another had acknowledged.
    fn advance(&mut self, end: Offset, records: u32) {
        if let Some(before) = self.end.filter(|before| end.0 < before.0 + u64::from(records)) {
            let Target { topic, partition, endpoint } = &self.target;
            error!(
                topic,
                partition = partition.0,
                endpoint,
                acknowledged = before.0,
                end = end.0,
                "the log has lost records"
            );
        }
        self.end = Some(end);
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
