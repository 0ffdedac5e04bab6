//! One write request: packed where it is to be, its answer in the words of [`super::verdict`].

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};

use super::verdict::Answer;
use crate::client::{retry_after, told, whole_cause};

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
            Ok(answer) => {
                let (status, retry_after) = (answer.status().as_u16(), retry_after(answer.headers()));
                // A status counts, also where its text is cut.
                let message = told(answer, &self.authorization, MESSAGE_BYTES_MAX).await;
                Answer::Status { status, message, retry_after }
            }
            Err(error) if error.is_connect() => Answer::Unreached { cause: whole_cause(&error) },
            Err(error) => Answer::Unanswered { cause: whole_cause(&error) },
        }
    }
}

fn pack(body: &str) -> std::io::Result<Bytes> {
    let mut packed = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    packed.write_all(body.as_bytes())?;
    packed.finish().map(Bytes::from)
}
