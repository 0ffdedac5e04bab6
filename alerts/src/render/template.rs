//! Flux with `@words@` to be filled in.

/// The text with every known `@word@` replaced, once: what comes in is not looked at again.
pub(super) fn fill(template: &str, known: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        filled.push_str(before);
        let word = after.split_once('@').filter(|(word, _)| is_word(word));
        match word.and_then(|(word, behind)| Some((known(word)?, behind))) {
            Some((text, behind)) => {
                filled.push_str(&text);
                rest = behind;
            }
            None => {
                filled.push('@');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_filled_in_once() {
        let known = |word: &str| (word == "a").then(|| "@a@".to_owned());
        for (template, expected) in [
            ("@a@", "@a@"),
            ("x@a@@a@y", "x@a@@a@y"),
            ("@b@a@", "@b@a@"),
            ("a@b.c", "a@b.c"),
            ("@ @", "@ @"),
            ("@", "@"),
        ] {
            assert_eq!(fill(template, known), expected, "{template}");
        }
    }
}
