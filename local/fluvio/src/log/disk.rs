//! A partition's batches on disk: one frame per batch, which covers its records' offsets.

use std::io;
use std::num::NonZeroU32;

use adx_log::{AppendError, Frame, Log, Place, Position, UnixMillis};
use fluvio_protocol::record::{BATCH_HEADER_SIZE, Batch, Offset, RawRecords};
use fluvio_protocol::{Decoder, Encoder};

/// Batches are kept in the one form they have ever had.
const BATCH_VERSION: i16 = 0;

/// Appends `batches` one by one, since each may begin a segment. Each holds at least one record.
pub(super) fn append(log: &mut Log, batches: Vec<Batch<RawRecords>>, now: UnixMillis) -> Result<Offset, AppendError> {
    let base = offset(log.next());
    for mut batch in batches {
        batch.set_base_offset(offset(log.next()));
        let count = u32::try_from(batch.records_len()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let mut group = log.begin(now);
        group.push(count, |bytes| encode(&batch, bytes))?;
        group.commit()?;
    }
    Ok(base)
}

/// Reads the batch that lies at `place`.
pub(super) fn read(place: &Place) -> Result<Batch<RawRecords>, super::ReadError> {
    let Frame { first, mut payload, .. } = place.read()?;
    let mut batch = Batch::<RawRecords>::default();
    let decoded = batch.decode(&mut payload, BATCH_VERSION); // takes the records out of the payload, without a copy
    decoded.map_err(|source| super::ReadError::Decode { offset: offset(first), source })?;
    Ok(batch)
}

/// As on the wire, with the checksum it came with: a real broker's stays valid too, since it leaves the offset out.
/// The published encoder copies the records twice to compute it anew.
fn encode(batch: &Batch<RawRecords>, bytes: &mut Vec<u8>) -> io::Result<()> {
    let schema_bytes = if batch.header.has_schema() { size_of::<u32>() } else { 0 };
    let length = BATCH_HEADER_SIZE + schema_bytes + batch.records().0.len();
    batch.base_offset.encode(bytes, BATCH_VERSION)?;
    i32::try_from(length).map_err(io::Error::other)?.encode(bytes, BATCH_VERSION)?;
    batch.header.encode(bytes, BATCH_VERSION)?;
    if batch.header.has_schema() {
        batch.schema_id().encode(bytes, BATCH_VERSION)?;
    }
    bytes.extend_from_slice(&batch.records().0);
    Ok(())
}

/// A position of the log as the offset of a record.
pub(super) fn offset(position: Position) -> Offset {
    Offset::try_from(position.0).unwrap_or(Offset::MAX)
}

/// The position of an offset; there is none for those before 0.
pub(super) fn position(offset: Offset) -> Option<Position> {
    u64::try_from(offset).ok().map(Position)
}
