//! The batch that is being filled, between a caller and a partition's task: full, it makes the caller wait until the task takes it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::batch::{Begun, Filling};

/// The other side is gone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// The caller's side.
#[derive(Debug)]
pub(crate) struct Inlet {
    shared: Arc<Shared>,
}

/// The task's side.
#[derive(Debug)]
pub(crate) struct Outlet {
    shared: Arc<Shared>,
    linger: Duration,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Tells the task that a batch was begun, is full, or is the last.
    came: Notify,
    /// Tells the caller that a batch was taken, or that the task is gone.
    left: Notify,
}

#[derive(Debug)]
struct State {
    filling: Filling,
    /// A record waits for the next batch.
    full: bool,
    inlet_gone: bool,
    outlet_gone: bool,
}

/// What the task finds.
enum Found {
    Batch(Filling),
    /// A batch that may still grow until then.
    Lingering(Instant),
    Nothing,
    End,
}

/// A buffer of one batch, which is taken once it is full or its first record has waited for `linger`.
pub(crate) fn buffer(batch_bytes: usize, linger: Duration) -> (Inlet, Outlet) {
    let filling = Filling::new(batch_bytes);
    let state = Mutex::new(State { filling, full: false, inlet_gone: false, outlet_gone: false });
    let shared = Arc::new(Shared { state, came: Notify::new(), left: Notify::new() });
    (Inlet { shared: Arc::clone(&shared) }, Outlet { shared, linger })
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inlet {
    /// Takes a record once there is room for it; it must fit a batch. Dropped while it waits, it has taken nothing.
    pub(crate) async fn push(&self, key: &[u8], value: &[u8]) -> Result<(), Closed> {
        while !self.try_push(key, value)? {
            self.shared.left.notified().await;
        }
        Ok(())
    }

    fn try_push(&self, key: &[u8], value: &[u8]) -> Result<bool, Closed> {
        let mut state = self.shared.state();
        if state.outlet_gone {
            return Err(Closed);
        }
        state.full = state.filling.push(key, value, Begun::now).is_err();
        if state.full || state.filling.records() == 1 {
            self.shared.came.notify_one();
        }
        Ok(!state.full)
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.shared.state().inlet_gone = true;
        self.shared.came.notify_one();
    }
}

impl Outlet {
    /// The next batch, of at least one record; none at the end of all records. The batch after it is filled in `room`.
    pub(crate) async fn next(&self, mut room: Vec<u8>) -> Option<Filling> {
        loop {
            match self.find(&mut room) {
                Found::Batch(batch) => return Some(batch),
                Found::Lingering(until) => {
                    let _ = timeout_at(until, self.shared.came.notified()).await; // either way it is time to look
                }
                Found::Nothing => self.shared.came.notified().await,
                Found::End => return None,
            }
        }
    }

    fn find(&self, room: &mut Vec<u8>) -> Found {
        let mut state = self.shared.state();
        let Some(since) = state.filling.waits_since() else {
            return if state.inlet_gone { Found::End } else { Found::Nothing };
        };
        let until = Instant::from_std(since).checked_add(self.linger);
        if !state.full && !state.inlet_gone && until.is_none_or(|until| Instant::now() < until) {
            return until.map_or(Found::Nothing, Found::Lingering); // a wait past the end of time has none
        }
        state.full = false;
        self.shared.left.notify_one();
        Found::Batch(state.filling.take(std::mem::take(room)))
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.shared.state().outlet_gone = true;
        self.shared.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::batch::{BATCH_OVERHEAD, record_bytes};

    const HOUR: Duration = Duration::from_secs(3600);

    /// Room for so many records of [`push`].
    fn room_for(records: usize) -> usize {
        BATCH_OVERHEAD + records * record_bytes(b"k", &[0; 100])
    }

    async fn push(inlet: &Inlet) -> Result<(), Closed> {
        inlet.push(b"k", &[0; 100]).await
    }

    async fn is_pending(future: impl Future) -> bool {
        tokio::time::timeout(Duration::ZERO, future).await.is_err()
    }

    async fn records(outlet: &Outlet) -> Option<u32> {
        outlet.next(Vec::new()).await.map(|batch| batch.records())
    }

    #[tokio::test]
    async fn a_full_buffer_waits_until_its_batch_is_taken() {
        let (inlet, outlet) = buffer(room_for(2), HOUR);
        push(&inlet).await.unwrap();
        push(&inlet).await.unwrap();
        let mut waiting = Box::pin(push(&inlet));
        assert!(is_pending(&mut waiting).await);
        assert_eq!(records(&outlet).await, Some(2));
        waiting.await.unwrap();
        drop(inlet);
        assert_eq!((records(&outlet).await, records(&outlet).await), (Some(1), None));
    }

    #[tokio::test]
    async fn a_record_that_is_no_longer_waited_for_is_not_taken() {
        let (inlet, outlet) = buffer(room_for(1), HOUR);
        push(&inlet).await.unwrap();
        assert!(is_pending(push(&inlet)).await);
        assert_eq!(records(&outlet).await, Some(1));
        drop(inlet);
        assert_eq!(records(&outlet).await, None);
    }

    #[tokio::test]
    async fn a_batch_lingers_unless_it_is_full_or_the_last() {
        for linger in [HOUR, Duration::MAX] {
            let (inlet, outlet) = buffer(room_for(2), linger);
            assert!(is_pending(outlet.next(Vec::new())).await);
            push(&inlet).await.unwrap();
            assert!(is_pending(outlet.next(Vec::new())).await);
            drop(inlet);
            assert_eq!(records(&outlet).await, Some(1));
        }
        let (inlet, outlet) = buffer(room_for(2), Duration::ZERO);
        push(&inlet).await.unwrap();
        assert_eq!(records(&outlet).await, Some(1));
    }

    #[tokio::test]
    async fn a_caller_hears_that_the_task_is_gone() {
        let (inlet, outlet) = buffer(room_for(1), HOUR);
        push(&inlet).await.unwrap();
        let (waiting, ()) = tokio::join!(push(&inlet), async { drop(outlet) });
        assert_eq!(waiting, Err(Closed));
    }

    proptest! {
        #[test]
        fn every_record_is_in_one_batch_whatever_the_sizes(records in 0..60u32, room in 1..9usize) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let taken = runtime.block_on(async {
                let (inlet, outlet) = buffer(room_for(room), HOUR);
                let pushing = async move {
                    for _ in 0..records {
                        push(&inlet).await.unwrap();
                    }
                };
                let taking = async {
                    let mut taken = Vec::new();
                    while let Some(batch) = outlet.next(Vec::new()).await {
                        taken.push(batch.records());
                    }
                    taken
                };
                tokio::join!(pushing, taking).1
            });
            prop_assert_eq!(taken.iter().sum::<u32>(), records);
            prop_assert_eq!(taken.len(), (records as usize).div_ceil(room)); // none is cut before it is full
        }
    }
}
