//! The header of an object container file: codec, writer schema, sync marker.

use super::canonical;
use super::codec::Codec;
use super::cursor::{Cursor, Damaged};
use super::plan::Plan;
use super::schema::Schema;

/// A header is at most this long.
pub(super) const HEADER_BYTES_MAX: usize = 1024 * 1024;
pub(super) const SYNC_BYTES: usize = 16;
const MAGIC: &[u8] = b"Obj\x01";

/// What the header says of the blocks.
pub(super) struct Header {
    pub(super) codec: Codec,
    pub(super) schema: Schema,
    pub(super) plan: Plan,
    /// Whether a datum may be one that is published as it stands.
    pub(super) may_be_canonical: bool,
    pub(super) sync: [u8; SYNC_BYTES],
}

impl Header {
    /// Reads the header at the front of the bytes, and its length; none where there is no readable one.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let bytes = &bytes[..bytes.len().min(HEADER_BYTES_MAX)];
        let mut cursor = Cursor::new(bytes.strip_prefix(MAGIC)?);
        let metadata = Metadata::read(&mut cursor).ok()?;
        let sync = cursor.take(SYNC_BYTES).ok()?.try_into().ok()?;
        let schema = Schema::read(std::str::from_utf8(metadata.schema?).ok()?)?;
        let (codec, plan) = (Codec::named(metadata.codec)?, Plan::resolve(&schema));
        let header = Self { codec, may_be_canonical: canonical::is_possible(&plan), plan, schema, sync };
        Some((header, bytes.len() - cursor.left()))
    }
}

/// The entries that have a meaning here; of a key given twice the last.
struct Metadata<'a> {
    schema: Option<&'a [u8]>,
    codec: &'a [u8],
}

impl<'a> Metadata<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Damaged> {
        let mut metadata = Self { schema: None, codec: b"null" };
        loop {
            let count = cursor.block_count()?;
            if count == 0 {
                return Ok(metadata);
            }
            for _ in 0..count {
                let (key, value) = (cursor.bytes()?, cursor.bytes()?);
                match key {
                    b"avro.schema" => metadata.schema = Some(value),
                    b"avro.codec" => metadata.codec = value,
                    _ => {}
                }
            }
        }
    }
}
