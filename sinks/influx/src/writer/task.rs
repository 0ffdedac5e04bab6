//! The machine at work: one task owns it; points come by a channel that holds back whoever has too many, answers by the network.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::limits::Limits;
use super::machine::{Machine, Step, Stopped};
use super::metrics::{Metrics, State};
use super::post::Post;
use super::refused_file::RefusedFile;
use super::verdict::Answer;
use crate::encoded::EncodedPoint;

/// Chunks of points on their way to the machine.
const CHUNKS: usize = 2;

/// Why a writer ended with points unwritten.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    #[error("gave up to write points to influxdb {place} after {waited_s} s, {unwritten} are unwritten; last: {cause}")]
    GaveUp { place: String, waited_s: u64, unwritten: usize, cause: String },
    #[error("influxdb {place} takes no points, {unwritten} are unwritten: {cause}")]
    Held { place: String, unwritten: usize, cause: String },
    #[error("influxdb {place} refused points that cannot be put down, {unwritten} are unwritten: {cause}")]
    Stuck { place: String, unwritten: usize, cause: String },
    #[error(
        "{unwritten} points were not written to influxdb {place} within the {within_s} s given to end{}",
        because(cause)
    )]
    OutOfTime { place: String, unwritten: usize, within_s: u64, cause: Option<String> },
    #[error("the writer of influxdb {place} has ended")]
    Ended { place: String },
}

fn because(cause: &Option<String>) -> String {
    cause.as_ref().map(|cause| format!("; last: {cause}")).unwrap_or_default()
}

/// A writer of one bucket; dropping it ends it at once.
#[derive(Debug)]
pub struct Writer {
    place: String,
    inbox: mpsc::Sender<Input>,
    ending: oneshot::Sender<End>,
    metrics: watch::Receiver<Metrics>,
    /// One; it ends with this set.
    task: JoinSet<Result<(), WriterError>>,
}

#[derive(Debug)]
enum Input {
    Points(Vec<EncodedPoint>),
    /// Write what there is now, without waiting for more.
    Flush,
}

/// When a writer is to have ended.
#[derive(Debug, Clone, Copy)]
struct End {
    by: Instant,
    within: Duration,
}

impl Writer {
    /// Starts a writer on the current runtime; it connects when it has something to send.
    pub(crate) fn start(post: Post, place: String, limits: Limits, refused: RefusedFile) -> Self {
        let (inbox, points) = mpsc::channel(CHUNKS);
        let (tell, metrics) = watch::channel(Metrics::default());
        let (ending, ended) = oneshot::channel();
        let run = Run {
            machine: Machine::new(limits, RandomState::new().hash_one(&place)),
            post,
            place: place.clone(),
            limits,
            refused,
            tell,
            inbox: points,
            is_closed: false,
            waiting: Vec::new().into_iter(),
            ending: Some(ended),
            end: None,
        };
        let mut task = JoinSet::new();
        task.spawn(run.work());
        Self { place, inbox, ending, metrics, task }
    }

    /// Takes points, and waits where too many wait already. An error says that the writer has ended; [`Writer::finish`] says why.
    pub async fn push(&self, points: Vec<EncodedPoint>) -> Result<(), WriterError> {
        self.tell(Input::Points(points)).await
    }

    /// Asks that all points pushed so far be sent without waiting for more.
    pub async fn flush(&self) -> Result<(), WriterError> {
        self.tell(Input::Flush).await
    }

    async fn tell(&self, input: Input) -> Result<(), WriterError> {
        self.inbox.send(input).await.map_err(|_| WriterError::Ended { place: self.place.clone() })
    }

    /// How it is now.
    pub fn metrics(&self) -> Metrics {
        self.metrics.borrow().clone()
    }

    /// Follows how it is.
    pub fn watch(&self) -> watch::Receiver<Metrics> {
        self.metrics.clone()
    }

    /// Writes everything that was pushed and ends; at the latest after `within`, and then says what is left.
    pub async fn finish(mut self, within: Duration) -> Result<Metrics, WriterError> {
        // One that has ended already says below why.
        let _ = self.ending.send(End { by: Instant::now() + within, within });
        drop(self.inbox);
        match self.task.join_next().await {
            Some(Ok(ended)) => ended.map(|()| self.metrics.borrow().clone()),
            Some(Err(_)) | None => Err(WriterError::Ended { place: self.place }),
        }
    }
}

/// The task's own.
struct Run {
    machine: Machine,
    post: Post,
    place: String,
    limits: Limits,
    refused: RefusedFile,
    tell: watch::Sender<Metrics>,
    inbox: mpsc::Receiver<Input>,
    /// Nothing will come any more.
    is_closed: bool,
    /// Points that came in one chunk and do not all fit yet.
    waiting: std::vec::IntoIter<EncodedPoint>,
    ending: Option<oneshot::Receiver<End>>,
    end: Option<End>,
}

impl Run {
    async fn work(mut self) -> Result<(), WriterError> {
        let mut sending = None;
        loop {
            self.fill();
            let wakeup = match self.machine.poll(now()) {
                Step::Send { body, packed } => {
                    sending = Some(Box::pin(self.post.clone().send(body, packed, self.limits.request_timeout)));
                    None
                }
                Step::Record(refusals) => {
                    self.record(refusals).await;
                    continue;
                }
                Step::Wait(until) => until.map(Instant::from_std),
                Step::Stop(why) => return Err(self.stopped(why)),
            };
            self.tell();
            if self.is_closed && self.is_idle() {
                return Ok(());
            }
            let wants_more = !self.is_closed && self.waiting.as_slice().is_empty();
            tokio::select! {
                answer = of(&mut sending) => {
                    sending = None;
                    self.take_answer(answer);
                }
                input = self.inbox.recv(), if wants_more => self.take(input),
                end = of(&mut self.ending) => {
                    self.ending = None;
                    self.end = end.ok(); // without a word the handle is gone, and this task with it
                }
                () = at(wakeup) => {}
                () = at(self.end.map(|end| end.by)) => return Err(self.out_of_time()),
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.machine.is_idle() && self.waiting.as_slice().is_empty()
    }

    /// Moves points into the machine as far as it has room.
    fn fill(&mut self) {
        while self.machine.has_room() {
            let Some(point) = self.waiting.next() else { break };
            self.machine.push(point, now());
        }
        if self.end.is_some() {
            self.machine.flush();
        }
    }

    fn take(&mut self, input: Option<Input>) {
        match input {
            Some(Input::Points(points)) => self.waiting = points.into_iter(),
            Some(Input::Flush) => self.machine.flush(),
            None => self.is_closed = true,
        }
    }

    fn take_answer(&mut self, answer: Answer) {
        let before = self.machine.metrics();
        self.machine.on_answer(answer, now());
        let after = self.machine.metrics();
        if after.packing_given_up && !before.packing_given_up {
            tracing::warn!(place = %self.place, "influxdb answers 500 to packed bodies and takes plain ones: packing is given up");
        }
        match (&before.state, &after.state) {
            (State::Held { cause: old, .. }, State::Held { cause, .. }) if old == cause => {}
            (_, State::Held { cause, .. }) => {
                tracing::error!(place = %self.place, cause, "influxdb takes no points: nothing is lost, they wait until this is mended");
            }
            (_, State::Waiting { cause, since }) => {
                let waited_s = now().saturating_duration_since(*since).as_secs();
                tracing::warn!(place = %self.place, cause, waited_s, "influxdb does not take points now, waiting");
            }
            (State::Working, State::Working) => {}
            (_, State::Working | State::Stuck { .. }) => {
                tracing::info!(place = %self.place, "influxdb takes points again")
            }
        }
    }

    async fn record(&mut self, refusals: Vec<super::Refusal>) {
        let file = self.refused.clone();
        let summary: Vec<_> =
            refusals.iter().map(|refusal| (refusal.reason, refusal.points.len(), refusal.cause.clone())).collect();
        let recorded = tokio::task::spawn_blocking(move || file.append(&refusals)).await;
        let recorded = match recorded {
            Ok(recorded) => recorded.map_err(|error| error.to_string()),
            Err(broken) => Err(broken.to_string()),
        };
        let path = self.refused.path.display();
        match &recorded {
            Ok(()) => {
                for (reason, points, cause) in summary {
                    tracing::error!(place = %self.place, %reason, points, cause, file = %path, "influxdb refused points for good: they are in the file");
                }
            }
            Err(cause) => {
                tracing::error!(place = %self.place, cause, "refused points cannot be put down: no more are taken until they can")
            }
        }
        self.machine.on_recorded(recorded, now());
        self.tell();
    }

    fn tell(&self) {
        let metrics = Metrics { refused_wait: self.refused.is_waiting(), ..self.machine.metrics() };
        self.tell.send_replace(metrics);
    }

    /// Also counts what has been pushed and not been taken.
    fn unwritten(&mut self) -> usize {
        self.inbox.close();
        let mut untaken = 0;
        while let Ok(input) = self.inbox.try_recv() {
            if let Input::Points(points) = input {
                untaken += points.len();
            }
        }
        self.machine.unfinished() + self.waiting.as_slice().len() + untaken
    }

    fn stopped(&mut self, why: Stopped) -> WriterError {
        self.tell();
        let (place, unwritten) = (self.place.clone(), self.unwritten());
        match why {
            Stopped::GaveUp { waited, cause } => {
                WriterError::GaveUp { place, waited_s: waited.as_secs(), unwritten, cause }
            }
            Stopped::Held { cause } => WriterError::Held { place, unwritten, cause },
            Stopped::Stuck { cause } => WriterError::Stuck { place, unwritten, cause },
        }
    }

    fn out_of_time(&mut self) -> WriterError {
        self.tell();
        let within_s = self.end.map_or(0, |end| end.within.as_secs());
        let cause = self.tell.borrow().unready();
        WriterError::OutOfTime { place: self.place.clone(), unwritten: self.unwritten(), within_s, cause }
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// What comes of it; never anything where there is nothing.
async fn of<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// Ends at that time; never without one.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
