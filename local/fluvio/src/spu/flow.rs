//! When a stream sends and from which offset: it waits for the client's acknowledgement of what was sent, then for data.

use fluvio_protocol::record::Offset;

/// What came of one attempt to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    /// Where the log that was looked at ended, or where the attempt began if there was nothing.
    pub(super) up_to: Offset,
    /// Whether something went to the client, which will acknowledge it.
    pub(super) delivered: bool,
}

/// A stream's position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    /// The log's end as far as this stream has seen it.
    seen: Offset,
    /// What the client has; `None` while an acknowledgement is due.
    acknowledged: Option<Offset>,
}

impl Flow {
    /// After the first attempt.
    pub(super) fn new(first: Sent) -> Self {
        Self { seen: first.up_to, acknowledged: (!first.delivered).then_some(first.up_to) }
    }

    /// After a later attempt.
    pub(super) fn sent(&mut self, sent: Sent) {
        *self = Self::new(sent);
    }

    /// The client has everything before `offset`; returns where to send on from, if there is more.
    pub(super) fn on_acknowledged(&mut self, offset: Offset) -> Option<Offset> {
        if offset < self.seen {
            return Some(offset);
        }
        self.acknowledged = Some(offset);
        None
    }

    /// The log now ends at `end`; returns where to send from, unless an acknowledgement is due first.
    pub(super) fn on_log_end(&mut self, end: Offset) -> Option<Offset> {
        match self.acknowledged {
            Some(acknowledged) if end > acknowledged => Some(acknowledged),
            Some(_) | None => {
                self.seen = end;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAUGHT_UP: Sent = Sent { up_to: 10, delivered: false };
    const DELIVERED: Sent = Sent { up_to: 10, delivered: true };

    #[test]
    fn nothing_new_is_sent_before_the_acknowledgement() {
        let mut flow = Flow::new(DELIVERED);
        assert_eq!(flow.on_log_end(15), None);
        assert_eq!(flow.on_acknowledged(10), Some(10));
    }

    #[test]
    fn a_client_that_is_behind_is_sent_the_rest() {
        let mut flow = Flow::new(DELIVERED);
        assert_eq!(flow.on_acknowledged(4), Some(4));
    }

    #[test]
    fn a_client_that_caught_up_waits_for_data() {
        let mut flow = Flow::new(CAUGHT_UP);
        assert_eq!(flow.on_log_end(10), None);
        assert_eq!(flow.on_log_end(11), Some(10));
    }

    proptest! {
        /// A client that acknowledges what it gets is sent every offset once, however appends and acknowledgements mix.
        #[test]
        fn every_offset_is_sent_once(appends in prop::collection::vec((1..5i64, any::<bool>()), 0..20), most in 1..7i64) {
            let (mut end, mut got, mut due) = (0, 0, None);
            let send = |from: Offset, end: Offset, got: &mut Offset, due: &mut Option<Offset>| {
                assert_eq!(from, *got, "sent twice or skipped");
                *got = end.min(from + most);
                *due = (*got > from).then_some(*got);
                Sent { up_to: end, delivered: due.is_some() }
            };
            let mut flow = Flow::new(send(0, end, &mut got, &mut due));
            let end_of_appends = appends.iter().map(|(count, _)| count).sum::<i64>();
            for (count, acknowledge_first) in appends.into_iter().chain((0..200).map(|_| (0, true))) {
                if acknowledge_first && let Some(offset) = due.take() && let Some(from) = flow.on_acknowledged(offset) {
                    flow.sent(send(from, end, &mut got, &mut due));
                }
                end += count;
                if let Some(from) = flow.on_log_end(end) {
                    flow.sent(send(from, end, &mut got, &mut due));
                }
            }
            prop_assert_eq!((got, end), (end_of_appends, end_of_appends));
        }
    }
}
