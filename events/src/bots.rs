//! Which user agents are known bots: a small list; a change of it is a change of the modules' version.

/// Lower-case ASCII words; a user agent that contains one is a bot's.
const WORDS: [&[u8]; 8] =
    [b"bot", b"crawler", b"spider", b"headlesschrome", b"phantomjs", b"python-requests", b"curl/", b"wget/"];

/// Whether the user agent is a known bot's; such traffic is flagged, not removed (semantics.md, Invalid traffic).
pub fn is_bot(user_agent: &str) -> bool {
    WORDS.iter().any(|word| contains_ignoring_case(user_agent.as_bytes(), word))
}

fn contains_ignoring_case(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_told_from_browsers() {
        assert!(is_bot("Mozilla/5.0 (compatible; Googlebot/2.1)"));
        assert!(is_bot("curl/8.5"));
        assert!(!is_bot("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_6_8) AppleWebKit/534.50"));
        assert!(!is_bot(""));
    }
}
