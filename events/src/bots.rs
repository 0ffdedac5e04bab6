//! Which user agents are known bots: a small list; a change of it is a change of the modules' version.

/// Lower-case ASCII words; a user agent that contains one is a bot's.
const WORDS: [&[u8]; 8] =
    [b"bot", b"crawler", b"curl/", b"headlesschrome", b"phantomjs", b"python-requests", b"spider", b"wget/"];

/// The letters of all words one after the other, a bit each: which a byte is (in either case), which begin and which end a word.
struct Letters {
    of: [u64; 256],
    first: u64,
    last: u64,
}

static LETTERS: Letters = letters();

const fn letters() -> Letters {
    let mut letters = Letters { of: [0; 256], first: 0, last: 0 };
    let (mut word, mut count) = (0, 0);
    while word < WORDS.len() {
        letters.first |= 1 << count;
        let mut at = 0;
        while at < WORDS[word].len() {
            let letter = WORDS[word][at];
            assert!(count < 64, "a bit for each letter");
            let bit = 1 << count;
            letters.of[letter as usize] |= bit;
            letters.of[letter.to_ascii_uppercase() as usize] |= bit;
            (at, count) = (at + 1, count + 1);
        }
        letters.last |= 1 << (count - 1);
        word += 1;
    }
    letters
}

/// Whether the user agent is a known bot's; such traffic is flagged, not removed (semantics.md, Invalid traffic).
pub fn is_bot(user_agent: &str) -> bool {
    // Shift-And: after each byte, a letter's bit says that the text up to here ends with its word up to it. All words are followed at once.
    let (mut ends_with, mut ever) = (0u64, 0u64);
    let mut follow = |byte: &u8| {
        ends_with = ((ends_with << 1) | LETTERS.first) & LETTERS.of[usize::from(*byte)];
        ever |= ends_with;
    };
    let (chunks, rest) = user_agent.as_bytes().as_chunks::<8>();
    chunks.iter().for_each(|chunk| chunk.iter().for_each(&mut follow));
    rest.iter().for_each(&mut follow);
    ever & LETTERS.last != 0
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
