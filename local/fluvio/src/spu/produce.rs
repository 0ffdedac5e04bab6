//! Produce requests: each partition's batches are checked and appended, and answered in the order they came.

use fluvio_compression::Compression;
use fluvio_controlplane_metadata::topic::CompressionAlgorithm;
use fluvio_protocol::Encoder;
use fluvio_protocol::link::ErrorCode;
use fluvio_protocol::record::{Batch, Offset, RawRecords};
use fluvio_spu_schema::produce::{
    DefaultPartitionRequest, DefaultProduceRequest, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use fluvio_types::defaults::STORAGE_MAX_REQUEST_SIZE;
use tracing::debug;

use crate::catalog::{Catalog, Partition};
use crate::log::AppendError;

/// Stores what can be stored.
pub(super) fn store(request: DefaultProduceRequest, catalog: &Catalog) -> ProduceResponse {
    let plain = request.smartmodules.is_empty();
    let topics = request.topics.into_iter().map(|topic| {
        let name = topic.name;
        let partitions = topic.partitions.into_iter().map(|wanted| {
            let index = wanted.partition_index;
            let stored = if plain { store_partition(&name, wanted, catalog) } else { Err(no_modules()) };
            if let Err(code) = &stored {
                debug!(topic = name, partition = index, %code, "produce refused");
            }
            answer(index, stored)
        });
        let partitions = partitions.collect();
        TopicProduceResponse { name, partitions }
    });
    ProduceResponse { responses: topics.collect(), ..Default::default() }
}

/// Answers every partition of the request with `code`.
pub(super) fn refuse(request: &DefaultProduceRequest, code: &ErrorCode) -> ProduceResponse {
    let topics = request.topics.iter().map(|topic| {
        let refused = topic.partitions.iter().map(|wanted| answer(wanted.partition_index, Err(code.clone())));
        TopicProduceResponse { name: topic.name.clone(), partitions: refused.collect() }
    });
    ProduceResponse { responses: topics.collect(), ..Default::default() }
}

fn answer(partition_index: u32, stored: Result<Offset, ErrorCode>) -> PartitionProduceResponse {
    let (base_offset, error_code) = match stored {
        Ok(base_offset) => (base_offset, ErrorCode::None),
        Err(code) => (0, code),
    };
    PartitionProduceResponse { partition_index, error_code, base_offset, ..Default::default() }
}

fn no_modules() -> ErrorCode {
    ErrorCode::Other("SmartModules on produce are not served by the local stand-in".to_owned())
}

fn store_partition(topic: &str, wanted: DefaultPartitionRequest, catalog: &Catalog) -> Result<Offset, ErrorCode> {
    let partition = catalog.partition(topic, wanted.partition_index).ok_or(ErrorCode::NotLeaderForPartition)?;
    let batches = wanted.records.batches;
    if batches.iter().all(|batch| batch.records_len() == 0) {
        return Ok(0); // what a real SPU answers where there is nothing to write
    }
    batches.iter().try_for_each(|batch| check(batch, &partition))?;
    partition.log.append(batches).map_err(|error| match error {
        AppendError::NoRoom(no_room) => {
            tracing::warn!(topic, partition = partition.key.partition, %no_room, "produce refused");
            ErrorCode::PartitionFull { replica_key: partition.key.clone() }
        }
        AppendError::TooLong { .. } => ErrorCode::MessageTooLarge,
        AppendError::Disk(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(topic, partition = partition.key.partition, error, "produce refused");
            ErrorCode::StorageError
        }
        AppendError::Deleted => ErrorCode::TopicDeleted,
    })
}

fn check(batch: &Batch<RawRecords>, partition: &Partition) -> Result<(), ErrorCode> {
    if batch.records_len() == 0 || !batch.validate_decoding() {
        return Err(ErrorCode::Other("a batch is empty or not as long as its header says".to_owned()));
    }
    if batch.write_size(0) > STORAGE_MAX_REQUEST_SIZE as usize {
        return Err(ErrorCode::MessageTooLarge);
    }
    let compression = batch.get_compression().map_err(|_| ErrorCode::CompressionError)?;
    match allows(&partition.compression, compression) {
        true => Ok(()),
        false => Err(ErrorCode::CompressionError),
    }
}

fn allows(topic: &CompressionAlgorithm, batch: Compression) -> bool {
    let required = match topic {
        CompressionAlgorithm::Any => return true,
        CompressionAlgorithm::None => Compression::None,
        CompressionAlgorithm::Gzip => Compression::Gzip,
        CompressionAlgorithm::Snappy => Compression::Snappy,
        CompressionAlgorithm::Lz4 => Compression::Lz4,
        CompressionAlgorithm::Zstd => Compression::Zstd,
    };
    batch == required
}
