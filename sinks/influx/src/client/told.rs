//! What a server says of a request that it does not carry out: bounded, and without the token, which some proxies tell back.

use reqwest::Response;
use reqwest::header::HeaderValue;

use super::error::message_of;

/// The text of an answer, or its first `bytes_max` bytes; what is cut by the network counts as far as it came.
pub(crate) async fn told(mut answer: Response, authorization: &HeaderValue, bytes_max: usize) -> String {
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        text.extend_from_slice(&chunk);
        if text.len() > bytes_max {
            text.truncate(bytes_max);
            break;
        }
    }
    without_token(message_of(&text), authorization)
}

fn without_token(message: String, authorization: &HeaderValue) -> String {
    let token = authorization.to_str().unwrap_or_default().trim_start_matches("Token ");
    if token.is_empty() { message } else { message.replace(token, "…") }
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
