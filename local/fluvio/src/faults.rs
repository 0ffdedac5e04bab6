//! Scripted misbehaviour: what a real cluster does on bad days, on demand.

use std::sync::{Arc, Mutex, PoisonError};

use fluvio_protocol::link::ErrorCode;

use crate::StartError;
use crate::door::Remote;

/// Makes a stand-in misbehave, for tests that prove that nothing is lost or counted twice.
#[derive(Debug)]
pub struct Faults {
    plan: Arc<Plan>,
    spu: Remote,
}

impl Faults {
    pub(crate) fn new(plan: Arc<Plan>, spu: Remote) -> Self {
        Self { plan, spu }
    }

    /// Ends every connection to the SPU now; returns when they are gone. New ones are accepted.
    pub async fn close_spu_connections(&self) {
        self.spu.empty().await;
    }

    /// Refuses connections to the SPU from now on and ends those there are; the data stays.
    pub async fn stop_spu(&self) {
        self.spu.stop().await;
    }

    /// Lets the SPU listen again at its old address.
    pub async fn start_spu(&self) -> Result<(), StartError> {
        self.spu.start().await
    }

    /// Answers the next `requests` produce requests with `code` and stores nothing of them.
    pub fn refuse_produce(&self, requests: u32, code: ErrorCode) {
        self.plan.set(Produce::Refuse(code), requests);
    }

    /// Stores the next `requests` produce requests but ends their connection in place of the answer, so that a client
    /// cannot know that its records are there.
    pub fn lose_produce_answers(&self, requests: u32) {
        self.plan.set(Produce::LoseAnswer, requests);
    }
}

/// What is to happen to a produce request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Produce {
    Serve,
    Refuse(ErrorCode),
    LoseAnswer,
}

/// What is to happen to the next produce requests; the latest order replaces an earlier one.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    produce: Mutex<Option<(Produce, u32)>>,
}

impl Plan {
    fn set(&self, fate: Produce, requests: u32) {
        *self.produce.lock().unwrap_or_else(PoisonError::into_inner) = Some((fate, requests));
    }

    /// The fate of the request that is here now.
    pub(crate) fn next_produce(&self) -> Produce {
        match &mut *self.produce.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((fate, left)) if *left > 0 => {
                *left -= 1;
                fate.clone()
            }
            _ => Produce::Serve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_holds_for_its_number_of_requests() {
        let plan = Plan::default();
        plan.set(Produce::Refuse(ErrorCode::StorageError), 2);
        let fates: Vec<_> = (0..3).map(|_| plan.next_produce()).collect();
        let refused = Produce::Refuse(ErrorCode::StorageError);
        assert_eq!(fates, [refused.clone(), refused, Produce::Serve]);
    }
}
