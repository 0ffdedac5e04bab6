//! The publisher of one topic: a batch that is filled and a task that sends them, per partition.

use std::time::Instant;

use adx_events::offset::{Offset, Partition, PartitionCount};
use tokio::task::JoinHandle;

use crate::batch::{BATCH_OVERHEAD, record_bytes};
use crate::buffer::{Inlet, buffer};
use crate::cluster::{Cluster, ClusterError};
use crate::error::PublishError;
use crate::lane::Lane;
use crate::limits::Limits;
use crate::outage::{Outage, Target};
use crate::terms::Terms;

/// Publishes to one topic. Dropped before [`Publisher::finish`], it forgets what is not yet acknowledged.
#[derive(Debug)]
pub struct Publisher {
    topic: String,
    record_bytes_max: usize,
    lanes: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    inlet: Option<Inlet>,
    task: Option<JoinHandle<Result<Offset, PublishError>>>,
}

impl Publisher {
    /// Opens a topic that has exactly so many partitions. A cluster that does not answer is waited for, as
    /// [`Limits::give_up_after`] says; a topic that is not so is an error at once.
    pub async fn connect(
        cluster: Cluster,
        topic: &str,
        partitions: PartitionCount,
        limits: Limits,
    ) -> Result<Self, PublishError> {
        let cluster = cluster.with_answer_timeout(limits.answer_timeout);
        let terms = await_topic(&cluster, topic, partitions, &limits).await?;
        let record_bytes_max = terms.batch_bytes.saturating_sub(BATCH_OVERHEAD);
        let lanes = partitions
            .partitions()
            .map(|partition| start(&cluster, target(&cluster, topic, partition), terms, &limits))
            .collect();
        Ok(Self { topic: topic.to_owned(), record_bytes_max, lanes })
    }

    /// Takes a record for a partition; waits while that partition's batch is full and the one before it under way. Records of one
    /// partition are stored in the order they are given. Dropped while it waits, it has taken nothing.
    pub async fn send(&mut self, partition: Partition, key: &[u8], value: &[u8]) -> Result<(), PublishError> {
        let (bytes, max) = (record_bytes(key, value), self.record_bytes_max);
        if bytes > max {
            return Err(PublishError::TooLarge { topic: self.topic.clone(), partition, bytes, max });
        }
        let Some(lane) = self.lanes.get_mut(partition.0 as usize) else {
            let partitions = self.lanes.len() as u32;
            return Err(PublishError::NoSuchPartition { topic: self.topic.clone(), partition, partitions });
        };
        match &lane.inlet {
            Some(inlet) if inlet.push(key, value).await.is_ok() => Ok(()),
            _ => Err(lane.end(&self.topic, partition).await.err().unwrap_or_else(|| ended(&self.topic, partition))),
        }
    }

    /// Waits until everything is stored. Returns for each partition the offset after its last record stored here, or its
    /// log's end where there was none.
    pub async fn finish(mut self) -> Result<Vec<Offset>, PublishError> {
        let topic = std::mem::take(&mut self.topic);
        for lane in &mut self.lanes {
            lane.inlet = None; // all of them first: they drain side by side
        }
        let mut ends = Vec::with_capacity(self.lanes.len());
        for (partition, lane) in (0..).map(Partition).zip(&mut self.lanes) {
            ends.push(lane.end(&topic, partition).await?);
        }
        Ok(ends)
    }
}

impl Running {
    /// Waits for the task's outcome; it can be had once.
    async fn end(&mut self, topic: &str, partition: Partition) -> Result<Offset, PublishError> {
        self.inlet = None;
        let Some(task) = &mut self.task else { return Err(ended(topic, partition)) };
        let outcome = task.await.unwrap_or_else(|_| Err(ended(topic, partition)));
        self.task = None;
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn await_topic(
    cluster: &Cluster,
    topic: &str,
    partitions: PartitionCount,
    limits: &Limits,
) -> Result<Terms, PublishError> {
    let mut outage = Outage::new(target(cluster, topic, Partition(0)), limits);
    loop {
        let wait = match Box::pin(cluster.check_topic(topic, partitions)).await {
            Ok(spec) => return Ok(Terms::of(&spec, limits)),
            Err(error @ (ClusterError::NoAnswer { .. } | ClusterError::Failed { .. })) => {
                outage.failed(error.into(), Instant::now())?
            }
            Err(error) => return Err(error.into()),
        };
        tokio::time::sleep(wait).await;
    }
}

fn start(cluster: &Cluster, target: Target, terms: Terms, limits: &Limits) -> Running {
    let (inlet, outlet) = buffer(terms.batch_bytes, limits.linger);
    let lane = Lane::new(cluster.clone(), target, terms.compression, limits.clone());
    Running { inlet: Some(inlet), task: Some(tokio::spawn(lane.run(outlet))) }
}

fn target(cluster: &Cluster, topic: &str, partition: Partition) -> Target {
    Target { topic: topic.to_owned(), partition, endpoint: cluster.endpoint().to_owned() }
}

fn ended(topic: &str, partition: Partition) -> PublishError {
    PublishError::Ended { topic: topic.to_owned(), partition }
}
