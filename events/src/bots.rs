//! Which user agents are known bots: a small list; a change of it is a change of the modules' version.

/// Lower-case ASCII words, by their first letter; a user agent that contains one is a bot's.
fn words(first: u8) -> &'static [&'static [u8]] {
    match first {
        b'b' => &[b"bot"],
        b'c' => &[b"crawler", b"curl/"],
        b'h' => &[b"headlesschrome"],
        b'p' => &[b"phantomjs", b"python-requests"],
        b's' => &[b"spider"],
        b'w' => &[b"wget/"],
        _ => &[],
    }
}

/// Whether the user agent is a known bot's; such traffic is flagged, not removed (semantics.md, Invalid traffic).
pub fn is_bot(user_agent: &str) -> bool {
    let text = user_agent.as_bytes();
    (0..text.len()).any(|at| words(text[at].to_ascii_lowercase()).iter().any(|word| begins_with(&text[at..], word)))
}

fn begins_with(text: &[u8], word: &[u8]) -> bool {
    text.len() >= word.len() && text.iter().zip(word).all(|(byte, letter)| byte.to_ascii_lowercase() == *letter)
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

    #[test]
    fn every_word_tells_a_bot_wherever_it_stands_and_however_it_is_written() {
        let all = ["bot", "crawler", "curl/", "headlesschrome", "phantomjs", "python-requests", "spider", "wget/"];
        for word in all {
            for text in [
                word.to_owned(),
                word.to_uppercase(),
                format!("b{word}"),
                format!("x{word}y"),
                format!("c{word}\u{e9}"),
            ] {
                assert!(is_bot(&text), "{text}");
            }
            assert!(!is_bot(&word[..word.len() - 1]) && !is_bot(&word[1..]), "{word} cut");
        }
    }
}
