//! Names of sources: an edge, and a file's path relative to the input (semantics.md, Numbering).

use std::fmt;
use std::path::Path;

use adx_events::key::is_source;
use xxhash_rust::xxh3::xxh3_64;

/// A name longer than this is cut, and told apart by a hash.
const NAME_BYTES_MAX: usize = 64;
const KEPT_BYTES: usize = 40;
const EDGE_BYTES_MAX: usize = 32;

/// Who reads: 1 to 32 ASCII letters, digits, `.`, `_` or `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeId(String);

/// The text is no edge id.
#[derive(Debug, thiserror::Error)]
#[error("an edge id is 1 to {EDGE_BYTES_MAX} ASCII letters, digits, dots, underscores or dashes, not \"{text}\"")]
pub struct BadEdgeId {
    text: String,
}

impl EdgeId {
    pub fn new(text: &str) -> Result<Self, BadEdgeId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=EDGE_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadEdgeId { text: text.to_owned() })
        }
    }
}

/// The name of a source: 1 to 64 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceName(String);

impl SourceName {
    /// `edge/path`, other than printable ASCII percent-encoded. Two paths are two names: a hash follows `%-`, which encoding never gives.
    pub fn of_file(edge: &EdgeId, relative: &Path) -> Self {
        let mut name = format!("{}/", edge.0);
        for byte in relative.as_os_str().as_encoded_bytes() {
            match byte {
                b'%' => name.push_str("%25"),
                0x20..0x7f => name.push(char::from(*byte)),
                other => name.push_str(&format!("%{other:02X}")),
            }
        }
        if name.len() > NAME_BYTES_MAX {
            let hash = xxh3_64(name.as_bytes());
            name.truncate(KEPT_BYTES);
            name.push_str(&format!("%-{hash:016x}"));
        }
        debug_assert!(is_source(&name));
        Self(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(path: &str) -> String {
        SourceName::of_file(&EdgeId::new("adx-run").unwrap(), Path::new(path)).0
    }

    #[test]
    fn names() {
        assert_eq!(name("impressions/part-0.jsonl"), "adx-run/impressions/part-0.jsonl");
        assert_eq!(name("clicks/a b%é\n"), "adx-run/clicks/a b%25%C3%A9%0A");
        let fits = "x".repeat(64 - "adx-run/bids/".len());
        assert_eq!(name(&format!("bids/{fits}")), format!("adx-run/bids/{fits}"));
        let long = name(&format!("bids/{fits}y"));
        assert_eq!((long.len(), &long[..42]), (58, &*format!("adx-run/bids/{}%-", "x".repeat(27))));
        assert_ne!(long, name(&format!("bids/{fits}z")));
    }

    #[test]
    fn edges() {
        for text in ["a", "adx-run", "eu_1.b"] {
            assert!(EdgeId::new(text).is_ok(), "{text}");
        }
        for text in ["", "a/b", "a b", "é", "a:b", "a#2", &"a".repeat(33)] {
            assert!(EdgeId::new(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_path_is_a_source_of_its_own(a in "[a%-é\u{1}]{1,80}", b in "[a%-é\u{1}]{1,80}") {
            prop_assert!(is_source(&name(&a)) && is_source(&name(&b)));
            prop_assert_eq!(a == b, name(&a) == name(&b));
        }
    }
}
