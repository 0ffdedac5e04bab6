//! One write request: packed where it is to be, its answer in the words of [`super::verdict`].

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};

use super::verdict::Answer;
use crate::client::{message_of, retry_after, whole_cause};

/// The most that is read of an answer: a batch of nothing but bad lines is quoted whole.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Where a writer's requests go.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) http: Client,
    /// With organization, bucket and precision.
    pub(crate) url: Url,
    /// Marked as a secret.
    pub(crate) authorization: HeaderValue,
}

impl Post {
    pub(super) async fn send(self, body: String, packed: bool, timeout: Duration) -> Answer {
        let request = self.http.post(self.url).timeout(timeout);
        let mut request =
            request.header(AUTHORIZATION, self.authorization.clone()).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        let body = match packed.then(|| pack(&body)) {
            Some(Ok(small)) => {
                request = request.header(CONTENT_ENCODING, "gzip");
                small
            }
            // Memory takes all bytes; were it not so, the plain body serves as well.
            Some(Err(_)) | None => Bytes::from(body),
        };
        match request.body(body).send().await {
            Ok(answer) => read(answer, self.authorization).await,
            Err(error) if error.is_connect() => Answer::Unreached { cause: whole_cause(&error) },
            Err(error) => Answer::Unanswered { cause: whole_cause(&error) },
        }
    }
}

/// A status counts, also where its text is cut. Some proxies tell what they were asked, the token included.
async fn read(mut answer: reqwest::Response, authorization: HeaderValue) -> Answer {
    let (status, retry_after) = (answer.status().as_u16(), retry_after(answer.headers()));
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        text.extend_from_slice(&chunk);
        if text.len() > MESSAGE_BYTES_MAX {
            text.truncate(MESSAGE_BYTES_MAX);
            break;
        }
    }
    Answer::Status { status, message: without_token(message_of(&text), &authorization), retry_after }
}

fn without_token(message: String, authorization: &HeaderValue) -> String {
    let token = authorization.to_str().unwrap_or_default().trim_start_matches("Token ");
    if token.is_empty() { message } else { message.replace(token, "…") }
}

fn pack(body: &str) -> std::io::Result<Bytes> {
    let mut packed = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    packed.write_all(body.as_bytes())?;
    packed.finish().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_told_back_is_not_passed_on() {
        let authorization = HeaderValue::from_static("Token s3cret==");
        let page = "<h1>502</h1>Authorization: Token s3cret==".to_owned();
        assert_eq!(without_token(page, &authorization), "<h1>502</h1>Authorization: Token …");
        assert_eq!(without_token("x".into(), &HeaderValue::from_static("Token ")), "x");
    }
}
