//! Runs a SmartModule chain over stored batches, with a real SPU's results for offsets, timestamps and the size limit.

use fluvio_compression::Compression;
use fluvio_protocol::Encoder;
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::link::smartmodule::SmartModuleTransformRuntimeError;
use fluvio_protocol::record::{Batch, RawRecords};
use fluvio_smartengine::SmartModuleChainInstance;
use fluvio_smartmodule::dataplane::smartmodule::SmartModuleInput;

/// What a chain made of the batches it was given.
pub(super) struct Transformed {
    /// All output as one batch, based at the first input batch that gave any, as long as the input it stands for, and
    /// without timestamps. Without records where there was no output, or none that fits.
    pub(super) batch: Batch,
    /// The record a module gave up on; the batch ends before it.
    pub(super) error: Option<SmartModuleTransformRuntimeError>,
}

/// Runs `chain` over `batches` until they end, a module fails on a record, or the output would exceed `max_bytes`: then
/// the output of the batch that exceeds it is thrown away.
pub(super) fn transform(
    chain: &mut SmartModuleChainInstance,
    batches: impl Iterator<Item = Result<Batch<RawRecords>, ErrorCode>>,
    max_bytes: usize,
) -> anyhow::Result<Transformed> {
    let mut output = Output::new(max_bytes);
    for batch in batches {
        let batch = batch?;
        let input = SmartModuleInput::new(uncompressed(&batch)?, batch.get_base_offset(), batch.get_base_timestamp());
        let made = chain.process(input)?;
        let fits = output.add(&batch, made.successes);
        if !fits || made.error.is_some() {
            return Ok(Transformed { batch: output.batch, error: made.error });
        }
    }
    Ok(Transformed { batch: output.batch, error: None })
}

fn uncompressed(batch: &Batch<RawRecords>) -> anyhow::Result<Vec<u8>> {
    let stored = &batch.records().0;
    Ok(batch.get_compression()?.uncompress(stored)?.unwrap_or_else(|| stored.to_vec()))
}

struct Output {
    batch: Batch,
    begun: bool,
    bytes: usize,
    max_bytes: usize,
}

impl Output {
    fn new(max_bytes: usize) -> Self {
        let mut batch = Batch::default();
        batch.set_base_offset(-1);
        batch.set_offset_delta(-1);
        Self { batch, begun: false, bytes: 0, max_bytes }
    }

    /// Adds what came of `input`, or nothing if it does not fit.
    fn add(&mut self, input: &Batch<RawRecords>, mut records: Vec<fluvio_protocol::record::Record>) -> bool {
        if !records.is_empty() {
            self.begin(input);
            let shift = self.batch.get_base_offset() - input.get_base_offset();
            records.iter_mut().for_each(|record| record.add_base_offset(shift));
            let bytes = records.write_size(0);
            if self.bytes + bytes > self.max_bytes {
                return false;
            }
            self.bytes += bytes;
            self.batch.mut_records().append(&mut records);
        }
        if self.begun {
            self.batch.add_to_offset_delta(input.last_offset_delta() + 1);
        }
        true
    }

    fn begin(&mut self, first: &Batch<RawRecords>) {
        if !self.begun {
            self.begun = true;
            self.batch.set_base_offset(first.get_base_offset());
            let compression = first.get_compression().unwrap_or(Compression::None);
            self.batch.header.set_compression(compression);
        }
    }
}
