//! The records between a caller and a partition's task, bounded by bytes: full, it makes the caller wait.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use crate::chunk::{Chunk, Outgoing};

/// The other side is gone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// The caller's side.
#[derive(Debug)]
pub(crate) struct Inlet {
    room: Arc<Semaphore>,
    records: mpsc::UnboundedSender<Outgoing>,
}

/// The task's side.
#[derive(Debug)]
pub(crate) struct Outlet {
    room: Arc<Semaphore>,
    records: mpsc::UnboundedReceiver<Outgoing>,
    /// Did not fit the last chunk.
    held: Option<Outgoing>,
}

/// A buffer of at most `bytes_max` bytes.
pub(crate) fn buffer(bytes_max: usize) -> (Inlet, Outlet) {
    // Every record costs room, so the channel is bounded by it.
    let (sender, receiver) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(bytes_max.min(u32::MAX as usize)));
    (Inlet { room: Arc::clone(&room), records: sender }, Outlet { room, records: receiver, held: None })
}

impl Inlet {
    /// Takes a record once there is room for it; it must be no larger than the buffer.
    pub(crate) async fn push(&self, record: Outgoing) -> Result<(), Closed> {
        let bytes = u32::try_from(record.bytes()).map_err(|_| Closed)?;
        let room = self.room.acquire_many(bytes).await.map_err(|_| Closed)?;
        room.forget(); // given back when the chunk is acknowledged
        self.records.send(record).map_err(|_| Closed)
    }
}

impl Outlet {
    /// Fills an empty chunk with what is there, at least one record; false at the end of all records.
    pub(crate) async fn fill(&mut self, chunk: &mut Chunk) -> bool {
        let first = match self.held.take() {
            Some(held) => Some(held),
            None => self.records.recv().await,
        };
        let Some(first) = first else { return false };
        let mut next = Some(first);
        while let Some(record) = next {
            if let Err(held) = chunk.push(record) {
                self.held = Some(held);
                break;
            }
            next = self.records.try_recv().ok();
        }
        true
    }

    /// Gives back the room of acknowledged records.
    pub(crate) fn release(&self, bytes: usize) {
        self.room.add_permits(bytes);
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.room.close(); // wakes a caller who waits for room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bytes: usize) -> Outgoing {
        let overhead = Outgoing::new(vec![], vec![]).bytes();
        Outgoing::new(vec![], vec![0; bytes - overhead])
    }

    #[tokio::test]
    async fn a_full_buffer_waits_until_room_is_given_back() {
        let (inlet, mut outlet) = buffer(1_000);
        inlet.push(record(600)).await.unwrap();
        let mut waiting = Box::pin(inlet.push(record(600)));
        assert!(tokio::time::timeout(std::time::Duration::ZERO, &mut waiting).await.is_err());
        let mut chunk = Chunk::new(10_000);
        assert!(outlet.fill(&mut chunk).await);
        outlet.release(chunk.bytes());
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn what_does_not_fit_a_chunk_opens_the_next() {
        let (inlet, mut outlet) = buffer(10_000);
        for bytes in [400, 300, 900, 100] {
            inlet.push(record(bytes)).await.unwrap();
        }
        drop(inlet);
        let mut chunks = Vec::new();
        let mut chunk = Chunk::new(1_128);
        while outlet.fill(&mut chunk).await {
            chunks.push(chunk.outstanding().iter().map(Outgoing::bytes).collect::<Vec<_>>());
            chunk.clear();
        }
        assert_eq!(chunks, [vec![400, 300], vec![900, 100]]);
    }

    #[tokio::test]
    async fn a_caller_hears_that_the_task_is_gone() {
        let (inlet, outlet) = buffer(1_000);
        inlet.push(record(600)).await.unwrap();
        let (waiting, ()) = tokio::join!(inlet.push(record(600)), async { drop(outlet) });
        assert_eq!(waiting, Err(Closed));
    }
}
