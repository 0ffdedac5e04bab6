//! Strict JSON of one object: its members as unparsed tokens, in one pass without allocation.
//!
//! Values that nobody asks for are checked but never built. RFC 8259, depth bounded; what a lone surrogate means is the caller's business.

use std::borrow::Cow;

/// Nesting allowed at most; the object itself is 1 (contract.md, Impression).
pub const DEPTH_MAX: u32 = 32;

/// The text is not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one JSON object")]
pub struct NotJson;

/// A JSON string, between its quotes, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

/// A value of a member, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    Text(Text<'a>),
    /// A number without fraction or exponent.
    Integer(&'a str),
    /// A number with fraction or exponent.
    Real,
    Bool(bool),
    Null,
    /// An object or array.
    Nested,
}

impl<'a> Text<'a> {
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The characters as they stand; none where some are escaped.
    pub fn plain(self) -> Option<&'a str> {
        (!self.escaped).then_some(self.raw)
    }

    /// The characters it stands for; none where a surrogate stands alone.
    pub fn decode(self) -> Option<Cow<'a, str>> {
        if self.escaped { unescape(self.raw).map(Cow::Owned) } else { Some(Cow::Borrowed(self.raw)) }
    }
}

/// Calls `on_member` for each member of the one object in `line`, in order, repeated names included.
pub fn members<'a>(line: &'a str, mut on_member: impl FnMut(Text<'a>, Token<'a>)) -> Result<(), NotJson> {
    let mut scanner = Scanner { text: line, bytes: line.as_bytes(), at: 0 };
    scanner.blanks();
    scanner.object(1, &mut on_member)?;
    scanner.blanks();
    if scanner.at == scanner.bytes.len() { Ok(()) } else { Err(NotJson) }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Mostly there are none.
    #[inline(always)]
    fn blanks(&mut self) {
        if matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.skip_blanks();
        }
    }

    #[inline(never)]
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes the byte if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.take(byte) { Ok(()) } else { Err(NotJson) }
    }

    #[inline(always)]
    fn object(&mut self, depth: u32, on_member: &mut impl FnMut(Text<'a>, Token<'a>)) -> Result<(), NotJson> {
        self.expect(b'{')?;
        self.blanks();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.blanks();
            let name = self.string()?;
            self.blanks();
            self.expect(b':')?;
            let value = self.value(depth)?;
            on_member(name, value);
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    #[inline(never)]
    fn array(&mut self, depth: u32) -> Result<(), NotJson> {
        self.expect(b'[')?;
        self.blanks();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// A value with the blanks around it; `depth` is that of what holds it.
    #[inline(always)]
    fn value(&mut self, depth: u32) -> Result<Token<'a>, NotJson> {
        self.blanks();
        let token = match self.peek().ok_or(NotJson)? {
            b'"' => Token::Text(self.string()?),
            b'{' | b'[' => self.nested(depth)?,
            b't' => self.word("true", Token::Bool(true))?,
            b'f' => self.word("false", Token::Bool(false))?,
            b'n' => self.word("null", Token::Null)?,
            _ => self.number()?,
        };
        self.blanks();
        Ok(token)
    }

    /// An object or array within what is at `depth`.
    #[cold]
    fn nested(&mut self, depth: u32) -> Result<Token<'a>, NotJson> {
        if depth >= DEPTH_MAX {
            return Err(NotJson);
        }
        if self.peek() == Some(b'{') {
            self.object(depth + 1, &mut |_, _| {})?
        } else {
            self.array(depth + 1)?
        }
        Ok(Token::Nested)
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, NotJson> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(token)
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(NotJson) }
    }

    fn number(&mut self) -> Result<Token<'a>, NotJson> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut real = false;
        if self.take(b'.') {
            real = true;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            real = true;
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(if real { Token::Real } else { Token::Integer(&self.text[start..self.at]) })
    }

    /// Most strings end within sixteen bytes: these take neither a loop nor a call.
    #[inline(always)]
    fn string(&mut self) -> Result<Text<'a>, NotJson> {
        self.expect(b'"')?;
        if let Some(chunk) = self.bytes[self.at..].first_chunk() {
            let plain = plain_in_chunk(chunk);
            if chunk.get(plain) == Some(&b'"') {
                let raw = &self.text[self.at..self.at + plain];
                self.at += plain + 1;
                return Ok(Text { raw, escaped: false });
            }
        }
        self.long_string()
    }

    #[inline(never)]
    fn long_string(&mut self) -> Result<Text<'a>, NotJson> {
        let (start, mut escaped) = (self.at, false);
        loop {
            self.at += plain_bytes(&self.bytes[self.at..]);
            match self.peek().ok_or(NotJson)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(NotJson),
            }
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        Ok(Text { raw, escaped })
    }

    fn escape(&mut self) -> Result<(), NotJson> {
        match self.bytes.get(self.at + 1).ok_or(NotJson)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let hex = self.bytes.get(self.at + 2..self.at + 6).ok_or(NotJson)?;
                if !hex.iter().all(u8::is_ascii_hexdigit) {
                    return Err(NotJson);
                }
                self.at += 6;
            }
            _ => return Err(NotJson),
        }
        Ok(())
    }
}

/// How many bytes at the front are neither quote, backslash nor control character: sixteen at a time.
#[inline]
fn plain_bytes(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<16>();
    let mut plain = 0;
    for chunk in chunks {
        let here = plain_in_chunk(chunk);
        plain += here;
        if here < chunk.len() {
            return plain;
        }
    }
    plain + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count()
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
fn plain_in_chunk(chunk: &[u8; 16]) -> usize {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128_or};
    let number = u128::from_le_bytes(*chunk);
    let bytes = u64x2(number as u64, (number >> 64) as u64);
    let quoting = v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\')));
    let found = u8x16_bitmask(v128_or(quoting, u8x16_lt(bytes, u8x16_splat(0x20))));
    (u32::from(found) | 1 << chunk.len()).trailing_zeros() as usize
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
fn plain_in_chunk(chunk: &[u8; 16]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // The lowest high bit of these is that of the lowest byte that is zero, or below `n` (Bit Twiddling Hacks).
    let zero = |word: u64| word.wrapping_sub(EACH) & !word & HIGH;
    let below = |word: u64, n: u64| word.wrapping_sub(n * EACH) & !word & HIGH;
    let found =
        |word: u64| zero(word ^ (u64::from(b'"') * EACH)) | zero(word ^ (u64::from(b'\\') * EACH)) | below(word, 0x20);
    let number = u128::from_le_bytes(*chunk);
    match (found(number as u64), found((number >> 64) as u64)) {
        (0, back) => 8 + back.trailing_zeros() as usize / 8,
        (front, _) => front.trailing_zeros() as usize / 8,
    }
}

/// Resolves the escapes of a string that the scanner has accepted.
fn unescape(raw: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_json(text: &str) -> bool {
        members(text, |_, _| {}).is_ok()
    }

    /// serde_json's word on the same text; it also refuses lone surrogates, which we leave to the caller.
    fn serde_says(text: &str) -> bool {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
    }

    /// Text that is nearly JSON: pieces of it strung together.
    fn nearly_json() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"a\"",
            "\"\"",
            "\"\\u0041\"",
            "\"\\n\"",
            "\"\\x\"",
            "1",
            "-0",
            "01",
            "1.5",
            "1.",
            "1e3",
            "1e",
            "-",
            "true",
            "false",
            "null",
            "nul",
            " ",
            "\t",
            "\u{b}",
            "\"é\"",
            "\"\u{1}\"",
            "NaN",
        ]);
        proptest::collection::vec(piece, 0..12).prop_map(|p| p.concat())
    }

    fn value() -> impl Strategy<Value = String> {
        let leaf = proptest::sample::select(vec!["1", "-2.5e-3", "\"x\\\"y\"", "true", "null", "\"\"", "0"])
            .prop_map(str::to_owned);
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(" , "))),
                proptest::collection::vec(inner, 0..4).prop_map(|v| {
                    let members: Vec<_> = v.iter().enumerate().map(|(i, v)| format!("\"k{i}\": {v}")).collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn plain_bytes_end_where_a_loop_ends_them(bytes in proptest::collection::vec(prop_oneof![Just(b'a'), 0x1du8..0x24, 0x5au8..0x5e, any::<u8>()], 0..40)) {
            let naive = bytes.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').unwrap_or(bytes.len());
            prop_assert_eq!(plain_bytes(&bytes), naive);
        }

        #[test]
        fn agrees_with_serde_on_nearly_json(text in nearly_json()) {
            prop_assert_eq!(is_json(&text), serde_says(&text));
            let wrapped = format!("{{\"a\":{text}}}");
            prop_assert_eq!(is_json(&wrapped), serde_says(&wrapped));
        }

        #[test]
        fn agrees_with_serde_on_json_with_one_byte_changed(v in value(), at in any::<prop::sample::Index>(), byte in 0x20u8..0x7f) {
            let mut text = format!("{{\"a\":{v},\"b\":1}}").into_bytes();
            let at = at.index(text.len());
            text[at] = byte;
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(is_json(&text), serde_says(&text), "{}", text);
        }

        #[test]
        fn strings_decode_as_serde_decodes_them(s in any::<String>()) {
            let text = serde_json::json!({ "k": s }).to_string();
            let mut seen = None;
            members(&text, |_, v| seen = Some(v)).unwrap();
            let Some(Token::Text(t)) = seen else { panic!("no text") };
            prop_assert_eq!(t.decode().unwrap(), s);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(is_json(&nested(31)));
        assert!(!is_json(&nested(32)));
        assert!(!is_json(&nested(100_000)));
    }

    #[test]
    fn surrogates() {
        let decoded = |json: &str| {
            let text = format!("{{\"k\":\"{json}\"}}");
            let mut seen = None;
            members(&text, |_, v| seen = Some(v)).unwrap();
            match seen {
                Some(Token::Text(t)) => t.decode().map(Cow::into_owned),
                _ => panic!("no text"),
            }
        };
        assert_eq!(decoded("\\ud83d\\ude00").as_deref(), Some("😀"));
        for lone in [
            "\\ud83d",
            "\\ude00",
            "\\ud83dx",
            "\\ud83d\\u0041",
            "\\ud83d\\n",
            "\\ude00\\ud83d",
            "\\ud83d\\ud83d\\ude00",
        ] {
            assert_eq!(decoded(lone), None, "{lone}");
        }
        assert!(is_json("{\"\\ud83d\":1}"));
    }
}
