//! What may become a tag value in InfluxDB.

/// 1 to 64 code points, none of U+0000 to U+001F and U+007F, no backslash at the end (contract.md, Inputs).
pub fn is_tag_value(text: &str) -> bool {
    !text.is_empty()
        && !text.ends_with('\\')
        && !text.bytes().any(|b| b < 0x20 || b == 0x7f)
        && (text.len() <= 64 || text.chars().nth(64).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_values() {
        let long = "é".repeat(64);
        for good in ["a", " ", "a b,c=d\"", "\\a", &long, "\u{80}"] {
            assert!(is_tag_value(good), "{good:?}");
        }
        let too_long = "é".repeat(65);
        for bad in ["", "a\\", "\\", "a\n", "\u{7f}", "a\u{0}", &too_long] {
            assert!(!is_tag_value(bad), "{bad:?}");
        }
    }
}
