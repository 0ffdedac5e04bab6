//! What the escapes in a string stand for (RFC 8259, section 7).

/// Resolves the escapes of a string that the scanner has accepted.
pub(super) fn unescape(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (c, length) = escaped_char(&rest[at..])?;
        out.push(c);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    Some(out)
}

/// The character of the escape at the start of `text`, and how long the escape is.
fn escaped_char(text: &str) -> Option<(char, usize)> {
    let c = match text.as_bytes().get(1)? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(text),
        other => char::from(*other),
    };
    Some((c, 2))
}

fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |from: usize| text.get(from..from + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let first = unit(2)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, 6));
    }
    let second = text.get(6..8).filter(|t| *t == "\\u").and_then(|_| unit(8))?;
    let (high, low) = (first.checked_sub(0xd800)?, second.checked_sub(0xdc00)?);
    let is_pair = high < 0x400 && low < 0x400;
    is_pair.then(|| char::from_u32(0x10000 + (high << 10) + low)).flatten().map(|c| (c, 12))
}
