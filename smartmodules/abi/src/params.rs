//! The parameters given with a module's invocation.

use crate::cursor::Cursor;

/// Name and value pairs, in the order of their names. What the host has encoded badly is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the encoded input of `init`: the pairs come first, whatever the version.
    pub fn parse(input: &[u8]) -> Self {
        let mut cursor = Cursor::new(input);
        let count = cursor.u16().unwrap_or(0);
        Self((0..count).map_while(|_| pair(&mut cursor)).collect())
    }

    /// The value of the parameter `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// All pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

fn pair(cursor: &mut Cursor<'_>) -> Option<(String, String)> {
    Some((string(cursor)?, string(cursor)?))
}

fn string(cursor: &mut Cursor<'_>) -> Option<String> {
    let len = usize::try_from(cursor.i16()?).unwrap_or(0); // a negative length is Fluvio's absent string
    String::from_utf8(cursor.take(len)?.to_vec()).ok()
}

/// Steps over the parameters that old versions repeat in every input.
pub(crate) fn skip(cursor: &mut Cursor<'_>, version: i16) -> Option<()> {
    const LOOKBACK_LAST_BYTES: usize = 8;
    const LOOKBACK_AGE_BYTES: usize = 12;
    for _ in 0..cursor.u16()? {
        pair(cursor)?;
    }
    if version >= 20 && cursor.bool()? {
        cursor.take(LOOKBACK_LAST_BYTES)?;
        if version >= 21 && cursor.bool()? {
            cursor.take(LOOKBACK_AGE_BYTES)?;
        }
    }
    Some(())
}
