//! What an answer to a write means: one table, for every status and for none.

use std::time::Duration;

use crate::client::dropped;

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Status {
        status: u16,
        message: String,
        retry_after: Option<Duration>,
    },
    /// No connection was made: nothing has been sent.
    Unreached {
        cause: String,
    },
    /// It was sent, and the answer did not come: it may have been carried out, or be carried out yet.
    Unanswered {
        cause: String,
    },
}

/// Whether what was sent may take effect yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InDoubt {
    No,
    /// The server, or one before it, has given up on it.
    Answered,
    /// Nobody knows where it is.
    Unanswered,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All of it is stored.
    Stored,
    /// Nothing is stored, for what is in it, or for the request itself.
    Malformed {
        message: String,
    },
    /// All is stored but for some points: `dropped` of them at least, the message tells why of one.
    Partial {
        message: String,
        dropped: usize,
    },
    TooLarge {
        message: String,
    },
    /// It may go better later.
    Later {
        cause: String,
        asked: Option<Duration>,
        in_doubt: InDoubt,
    },
    /// Somebody has to do something: a token, a right, a bucket, an address.
    Held {
        cause: String,
    },
}

impl Answer {
    /// The status; 0 stands for no answer.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Status { status, .. } => *status,
            Self::Unreached { .. } | Self::Unanswered { .. } => 0,
        }
    }

    pub(super) fn judge(self) -> Verdict {
        let (status, message, asked) = match self {
            Self::Status { status, message, retry_after } => (status, message, retry_after),
            Self::Unreached { cause } => return Verdict::Later { cause, asked: None, in_doubt: InDoubt::No },
            Self::Unanswered { cause } => {
                return Verdict::Later { cause, asked: None, in_doubt: InDoubt::Unanswered };
            }
        };
        let cause = || format!("status {status}: {}", shortened(&message));
        match status {
            204 => Verdict::Stored,
            400 => Verdict::Malformed { message },
            422 if message.contains("partial write") => {
                let dropped = usize::try_from(dropped(&message)).unwrap_or(usize::MAX);
                Verdict::Partial { message, dropped }
            }
            422 => Verdict::Malformed { message },
            413 => Verdict::TooLarge { message },
            // Given before anything is done.
            429 => Verdict::Later { cause: cause(), asked, in_doubt: InDoubt::No },
            // influxd gives up waiting for its own shards, proxies for influxd: the work may go on.
            408 | 500..=599 => Verdict::Later { cause: cause(), asked, in_doubt: InDoubt::Answered },
            // 401, 403, 404, a redirection, and whatever no influxd says: also 200, which stores nothing.
            _ => Verdict::Held { cause: cause() },
        }
    }
}

/// As much of a server's words as tells why: a proxy may answer with a page.
pub(super) fn shortened(text: &str) -> String {
    const BYTES_MAX: usize = 512;
    match text.char_indices().find(|(at, _)| *at >= BYTES_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_no_cause() {
        let page = Answer::Status { status: 503, message: "é".repeat(9_000), retry_after: None };
        assert!(matches!(page.judge(), Verdict::Later { cause, .. } if cause.len() < 600 && cause.ends_with('…')));
    }

    fn told(status: u16, message: &str) -> String {
        let answer = Answer::Status { status, message: message.into(), retry_after: None };
        match answer.judge() {
            Verdict::Stored => "stored".into(),
            Verdict::Malformed { .. } => "malformed".into(),
            Verdict::Partial { dropped, .. } => format!("partial {dropped}"),
            Verdict::TooLarge { .. } => "too large".into(),
            Verdict::Later { in_doubt, .. } => {
                format!("later{}", if in_doubt == InDoubt::Answered { ", in doubt" } else { "" })
            }
            Verdict::Held { .. } => "held".into(),
        }
    }

    #[test]
    fn every_status_has_a_meaning() {
        for (status, message, meaning) in [
            (204, "", "stored"),
            (200, "<html>", "held"),
            (201, "", "held"),
            (301, "", "held"),
            (307, "", "held"),
            (400, "unable to parse 'x': missing fields", "malformed"),
            (401, "unauthorized access", "held"),
            (403, "insufficient permissions for write", "held"),
            (404, "bucket \"x\" not found", "held"),
            (405, "", "held"),
            (408, "", "later, in doubt"),
            (411, "", "held"),
            (413, "", "too large"),
            (415, "", "held"),
            (422, "failure writing points to database: partial write: x dropped=3", "partial 3"),
            (422, "partial write: x dropped=2 for database: 0 for retention policy: autogen", "partial 2"),
            (422, "partial write: x", "partial 0"),
            (422, "organization is odd", "malformed"),
            (429, "", "later"),
            (500, "internal error", "later, in doubt"),
            (502, "", "later, in doubt"),
            (503, "", "later, in doubt"),
            (504, "", "later, in doubt"),
            (599, "", "later, in doubt"),
            (999, "", "held"),
        ] {
            assert_eq!(told(status, message), meaning, "{status} {message}");
        }
    }

    #[test]
    fn no_answer_is_in_doubt_only_when_something_was_sent() {
        let later = |in_doubt| Verdict::Later { cause: "x".into(), asked: None, in_doubt };
        assert_eq!(Answer::Unreached { cause: "x".into() }.judge(), later(InDoubt::No));
        assert_eq!(Answer::Unanswered { cause: "x".into() }.judge(), later(InDoubt::Unanswered));
    }
}
