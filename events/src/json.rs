//! Strict JSON of one object: its members as unparsed tokens, in one pass without allocation.
//!
//! Values that nobody asks for are checked but never built. RFC 8259, depth bounded; what a lone surrogate means is the caller's business.

mod escapes;
mod plain;

use std::borrow::Cow;

use escapes::unescape;
use plain::{plain_bytes, plain_in_chunk};

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

#[cfg(test)]
mod tests;
