//! Logs in memory and on disk against one naive model.

use std::time::Duration;

use adx_log::Retention;
use bytes::Bytes;
use fluvio_protocol::record::Record;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const LIMITS: Limits =
    Limits { segment_bytes: 1 << 30, retention: Retention { age: Some(Duration::from_millis(100)), bytes: None } };

fn batch(records: usize) -> Batch<RawRecords> {
    let memory = Batch::from(vec![Record::new("x"); records]);
    Batch::<RawRecords>::try_from(memory).expect("an uncompressed batch encodes")
}

fn in_memory(max: u64, limits: Limits) -> PartitionLog {
    PartitionLog::in_memory(&Arc::new(Space::new(BYTES_PER_LOG + max)), limits).expect("an empty log fits")
}

fn on_disk(dir: &TempDir, max: u64, limits: Limits) -> PartitionLog {
    let spaces = [BYTES_PER_LOG, max].map(|max| Arc::new(Space::new(max)));
    PartitionLog::on_disk(dir.path().join("log"), &spaces[0], &spaces[1], limits).expect("opens")
}

/// What tells two batches apart.
fn facts(batch: &Batch<RawRecords>) -> (Offset, Offset, Bytes) {
    (batch.get_base_offset(), batch.computed_last_offset(), batch.records().0.clone())
}

/// A segment: where its batches begin and end, their bytes, and when the latest came.
type Naive = (Vec<(Offset, Offset)>, u64, u64);

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<usize>),
    Clean,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => prop::collection::vec(1..5usize, 1..4).prop_map(Step::Append),
        1 => Just(Step::Clean),
        1 => (1..80u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// Memory and disk answer alike, before and after a restart, and as a vector of segments does.
    #[test]
    fn every_offset_is_found_in_the_batch_that_holds_it(steps in steps(), segment_bytes in 200..1_500u64, max in prop::option::of(300..2_000u64)) {
        let limits = Limits { segment_bytes, retention: Retention { bytes: max, ..LIMITS.retention } };
        let dir = TempDir::new().expect("a directory");
        let (memory, disk) = (in_memory(1 << 20, limits), on_disk(&dir, 1 << 20, limits));
        let (mut now, mut next) = (0, 0);
        let mut segments: Vec<Naive> = vec![Default::default()];
        for step in steps {
            match step {
                Step::Append(sizes) => {
                    let batches: Vec<_> = sizes.iter().map(|size| batch(*size)).collect();
                    prop_assert_eq!(memory.append_at(batches.clone(), UnixMillis(now)).expect("fits"), next);
                    prop_assert_eq!(disk.append_at(batches, UnixMillis(now)).expect("fits"), next);
                    for size in sizes {
                        let bytes = batch(size).write_size(0) as u64;
                        if segments.last().is_some_and(|last| last.1 > 0 && last.1 + bytes > segment_bytes) {
                            segments.push(Default::default());
                        }
                        let last = segments.last_mut().expect("one under way");
                        last.0.push((next, next + size as Offset));
                        (last.1, last.2) = (last.1 + bytes, now);
                        next += size as Offset;
                    }
                }
                Step::Clean => {
                    memory.clean(UnixMillis(now)).expect("cleaned");
                    disk.clean(UnixMillis(now)).expect("cleaned");
                    while segments.len() > 1 && (now - segments[0].2 > 100 || max.is_some_and(|max| segments.iter().map(|s| s.1).sum::<u64>() > max)) {
                        segments.remove(0);
                    }
                }
                Step::Wait(millis) => now += millis,
            }
        }
        drop(disk);
        let reopened = on_disk(&dir, 0, limits);
        let start = segments[0].0.first().map_or(next, |first| first.0);
        for log in [&memory, &reopened] {
            prop_assert_eq!((log.start(), log.next()), (start, next));
            prop_assert_eq!(log.bytes(), segments.iter().map(|segment| segment.1).sum::<u64>());
            for (batches, ..) in &segments {
                for (base, end) in batches {
                    for offset in *base..*end {
                        let found = facts(&log.batch_at(offset).expect("sound").expect("kept"));
                        prop_assert_eq!(found, (*base, *end, batch((end - base) as usize).own_records().0));
                        prop_assert_eq!(log.segment_end(offset), batches.last().map(|last| last.1));
                    }
                }
            }
            for outside in [-1, start - 1, next] {
                prop_assert!(log.batch_at(outside).expect("sound").is_none());
            }
        }
    }
}

#[test]
fn an_append_over_the_cap_keeps_nothing_of_it() {
    let size = stored_bytes(&batch(1));
    let dir = TempDir::new().expect("a directory");
    for log in [in_memory(2 * size, LIMITS), on_disk(&dir, 2 * size, LIMITS)] {
        log.append(vec![batch(1)]).expect("fits");
        assert!(matches!(log.append(vec![batch(1), batch(1)]), Err(AppendError::NoRoom(_))));
        assert_eq!((log.next(), log.bytes()), (1, size));
        assert_eq!(log.append(vec![batch(1)]).expect("still fits"), 1);
    }
}

#[test]
fn what_is_given_up_makes_room() {
    let size = stored_bytes(&batch(1));
    let dir = TempDir::new().expect("a directory");
    let limits = Limits { segment_bytes: size, ..LIMITS };
    for log in [in_memory(2 * size, limits), on_disk(&dir, 2 * size, limits)] {
        log.append_at(vec![batch(1)], UnixMillis(0)).expect("fits");
        log.append_at(vec![batch(1)], UnixMillis(100)).expect("fits");
        assert!(matches!(log.append_at(vec![batch(1)], UnixMillis(100)), Err(AppendError::NoRoom(_))));
        log.clean(UnixMillis(100)).expect("cleaned");
        assert_eq!(log.start(), 0, "not older than 100 ms");
        log.clean(UnixMillis(101)).expect("cleaned");
        assert_eq!((log.start(), log.next(), log.bytes()), (1, 2, size));
        assert_eq!(log.append_at(vec![batch(1)], UnixMillis(101)).expect("fits now"), 2);
    }
}

#[test]
fn a_batch_longer_than_a_segment_is_refused() {
    let log = in_memory(1 << 20, Limits { segment_bytes: 100, ..LIMITS });
    assert!(matches!(log.append(vec![batch(100)]), Err(AppendError::TooLong { segment_bytes: 100, .. })));
    assert_eq!(log.next(), 0);
}

#[test]
fn a_deleted_log_takes_nothing_more_and_leaves_no_file() {
    let dir = TempDir::new().expect("a directory");
    for log in [in_memory(1 << 20, LIMITS), on_disk(&dir, 1 << 20, LIMITS)] {
        let ends = log.ends();
        log.append(vec![batch(1)]).expect("fits");
        log.delete().expect("removed");
        assert_eq!(*ends.borrow(), LogEnd::Deleted);
        assert!(matches!(log.append(vec![batch(1)]), Err(AppendError::Deleted)));
        assert!(log.batch_at(0).expect("no error").is_none());
    }
    assert!(!dir.path().join("log").exists());
}
