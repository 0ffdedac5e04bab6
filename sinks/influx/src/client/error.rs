//! What can go wrong with InfluxDB, by what there is to do about it.

/// A failure that waiting does not mend, or that was waited for long enough.
#[derive(Debug, thiserror::Error)]
pub enum InfluxError {
    #[error("the influxdb url {url:?} is not of the form http://HOST:PORT or https://HOST:PORT")]
    Url { url: String },
    #[error(
        "the influxdb url {url:?} asks for tls, which this program is built without: build it with --features tls, or name a url with http://"
    )]
    NoTls { url: String },
    #[error("the token for influxdb {url} cannot be sent: it holds a line end or another control character")]
    Token { url: String },
    #[error("make an http client for influxdb at {url}")]
    Client { url: String, source: reqwest::Error },
    #[error("gave up to {doing} at influxdb {url} after {waited_s} s; last: {last}")]
    GaveUp { doing: &'static str, url: String, waited_s: u64, last: String },
    /// Nothing of the batch is stored.
    #[error("influxdb {url} could not {doing} for bucket {bucket:?}, the request is malformed (status 400): {message}")]
    Malformed { doing: &'static str, url: String, bucket: String, message: String },
    #[error("influxdb {url} does not know the token given to {doing} (status 401)")]
    Unauthorized { doing: &'static str, url: String },
    #[error("the token given to influxdb {url} has no right to {doing} for bucket {bucket:?} (status 403): {message}")]
    Forbidden { doing: &'static str, url: String, bucket: String, message: String },
    #[error("influxdb {url} has not what is needed to {doing} (status 404): {message}")]
    NotFound { doing: &'static str, url: String, message: String },
    #[error("influxdb {url}, or a proxy before it, finds a single point too large (status 413)")]
    TooLarge { url: String },
    /// All other points of the batch are stored; never to be sent again.
    #[error("influxdb {url} dropped at least {dropped} points for bucket {bucket:?} (status 422): {message}")]
    PartialWrite { url: String, bucket: String, dropped: u64, message: String },
    #[error("influxdb {url} could not {doing} (status {status}): {message}")]
    Refused { doing: &'static str, url: String, status: u16, message: String },
    #[error("{url} answered the request to {doing} as no influxdb 2 does: {message}")]
    Strange { doing: &'static str, url: String, message: String },
    /// It may have been done all the same.
    #[error(
        "influxdb {url} gave no answer to the request to {doing}, which may have been carried out: run this again, it looks first"
    )]
    Unanswered { doing: &'static str, url: String, source: reqwest::Error },
    #[error("the answer of influxdb {url} to a query ended early")]
    Cut { url: String, source: reqwest::Error },
    #[error("influxdb {url} sent no more of its answer to a query for {silent_s} s")]
    Silent { url: String, silent_s: u64 },
    #[error("read the answer of influxdb {url} to a query")]
    Answer { url: String, source: super::rows::AnswerError },
}

impl InfluxError {
    pub(super) fn from_status(doing: &'static str, url: &str, bucket: &str, status: u16, message: String) -> Self {
        let (url, bucket) = (url.to_owned(), bucket.to_owned());
        match status {
            400 => Self::Malformed { doing, url, bucket, message },
            401 => Self::Unauthorized { doing, url },
            403 => Self::Forbidden { doing, url, bucket, message },
            404 => Self::NotFound { doing, url, message },
            413 => Self::TooLarge { url },
            422 if message.contains("partial write") => {
                Self::PartialWrite { url, bucket, dropped: dropped(&message), message }
            }
            _ => Self::Refused { doing, url, status, message },
        }
    }
}

/// The number after the last `dropped=`, which need not stand at the end; it counts one shard of the server only. Keys that a message quotes
/// stand before it.
pub(crate) fn dropped(message: &str) -> u64 {
    let after = message.rsplit_once("dropped=").map_or("", |(_, after)| after);
    let digits = after.find(|letter: char| !letter.is_ascii_digit()).map_or(after, |end| &after[..end]);
    digits.parse().unwrap_or_default()
}

/// The `message` of a JSON error answer, else its text.
pub(crate) fn message_of(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Body {
        message: String,
    }
    let text = || String::from_utf8_lossy(body).trim().to_owned();
    serde_json::from_slice(body).map_or_else(|_| text(), |body: Body| body.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_dropped_points_is_found_anywhere() {
        for (message, expected) in [
            ("partial write: x dropped=12", 12),
            ("partial write: x dropped=2 for database: 0 for retention policy: autogen", 2),
            ("partial write", 0),
            ("dropped=", 0),
            ("partial write: dropped 1 points - oldest point m,n=dropped=9 at x dropped=1 for database: 0", 1),
        ] {
            assert_eq!(dropped(message), expected, "{message}");
        }
    }

    #[test]
    fn an_error_answer_tells_its_message_or_itself() {
        assert_eq!(message_of(br#"{"code":"invalid","message":"unable to parse"}"#), "unable to parse");
        assert_eq!(message_of(b"Bad Gateway\n"), "Bad Gateway");
    }
}
