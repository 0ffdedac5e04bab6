//! Faults that a test puts in front of the next requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// What happens to one write request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFault {
    /// Nothing is stored; this status is the answer, with a `Retry-After` in seconds where one is given.
    Answer { status: u16, retry_after_s: Option<u64> },
    /// Nothing is stored, and the connection ends without an answer.
    DropBeforeStoring,
    /// The points are stored, and the connection ends without an answer.
    DropAfterStoring,
    /// Nothing is stored; the answer is this one, as influxd or a proxy words it.
    Told { status: u16, message: &'static str, retry_after: RetryAfter },
    /// The points are stored, and the answer says that something went wrong.
    StoreAndAnswer { status: u16 },
    /// The connection ends without an answer, and the points are stored so much later: what becomes of a request that was given up.
    StoreLate { after_ms: u64 },
    /// The points are stored, and the answer takes so long.
    AnswerSlowly { after_ms: u64 },
    /// A packed body meets the 500 of an influxd that cannot unpack it; a plain one is served.
    RefusePacked,
}

/// When a server wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    Untold,
    Seconds(u64),
    /// As a date, so many seconds from now.
    DateIn(u64),
}

/// A handle on the faults of one server; clones act on the same server.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    writes: VecDeque<WriteFault>,
    refused_connections: usize,
    refusing: bool,
    seen_writes: usize,
    refusals: usize,
}

impl Faults {
    /// The next `times` write requests meet `fault`; faults are used up in the order they were given.
    pub fn next_writes(&self, times: usize, fault: WriteFault) {
        self.with(|state| state.writes.extend(std::iter::repeat_n(fault, times)));
    }

    /// From now on every connection ends at once and no request gets an answer, until [`Faults::recover`].
    pub fn refuse_everything(&self) {
        self.with(|state| state.refusing = true);
    }

    /// The next `count` connections end at once.
    pub fn refuse_connections(&self, count: usize) {
        self.with(|state| state.refused_connections += count);
    }

    /// No more faults.
    pub fn recover(&self) {
        self.with(|state| {
            *state = State { seen_writes: state.seen_writes, refusals: state.refusals, ..State::default() }
        });
    }

    /// How many write requests have arrived, whatever became of them.
    pub fn writes_seen(&self) -> usize {
        self.with(|state| state.seen_writes)
    }

    /// How many connections and requests have been refused without an answer.
    pub fn refusals(&self) -> usize {
        self.with(|state| state.refusals)
    }

    pub(crate) fn take_write(&self) -> Option<WriteFault> {
        self.with(|state| {
            state.seen_writes += 1;
            state.writes.pop_front()
        })
    }

    /// Whether a request is to get no answer.
    pub(crate) fn refuses_request(&self) -> bool {
        self.with(|state| {
            state.refusals += usize::from(state.refusing);
            state.refusing
        })
    }

    /// Whether a connection that has just come in is to end at once.
    pub(crate) fn refuses_connection(&self) -> bool {
        self.with(|state| {
            let counted = state.refused_connections > 0;
            state.refused_connections -= usize::from(counted);
            state.refusals += usize::from(state.refusing || counted);
            state.refusing || counted
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
