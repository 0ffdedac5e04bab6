//! The log against a naive model: every frame in a vector, whatever is appended, rolled, given up, closed, cut or flipped.

use std::fs;
use std::io::Write;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adx_log::{Flaw, Fsync, Log, OpenError, Options, Position, ReadError, Retention, UnixMillis};
use proptest::prelude::*;
use tempfile::TempDir;

const HEADER_BYTES: u64 = 28;

fn options(segment_bytes: u64) -> Options {
    Options { segment_bytes, fsync: Fsync::Never }
}

/// A frame as it was given to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    first: u64,
    count: u32,
    at: u64,
    payload: Vec<u8>,
}

/// Frames by segment, the last one under way.
#[derive(Debug, Clone)]
struct Model {
    segments: Vec<Vec<Kept>>,
    next: u64,
    segment_bytes: u64,
}

/// What retention and segments go by.
fn bytes(frames: &[Kept]) -> u64 {
    frames.iter().map(|frame| frame.payload.len() as u64).sum()
}

/// What they take in a file.
fn file_bytes(frames: &[Kept]) -> u64 {
    bytes(frames) + HEADER_BYTES * frames.len() as u64
}

impl Model {
    fn new(segment_bytes: u64) -> Self {
        Self { segments: vec![Vec::new()], next: 0, segment_bytes }
    }

    fn append(&mut self, group: &[(Vec<u8>, u32)], at: u64) {
        let mut frames = Vec::new();
        for (payload, count) in group {
            frames.push(Kept { first: self.next, count: *count, at, payload: payload.clone() });
            self.next += u64::from(*count);
        }
        let last = self.segments.last().expect("one under way");
        if !last.is_empty() && bytes(last) + bytes(&frames) > self.segment_bytes && !frames.is_empty() {
            self.segments.push(Vec::new());
        }
        self.segments.last_mut().expect("one under way").append(&mut frames);
    }

    fn roll(&mut self) {
        if !self.segments.last().expect("one under way").is_empty() {
            self.segments.push(Vec::new());
        }
    }

    fn drop_while(&mut self, goes: impl Fn(&Self) -> bool) {
        while self.segments.len() > 1 && goes(self) {
            self.segments.remove(0);
        }
    }

    fn retain(&mut self, retention: &Retention, now: u64) {
        self.drop_while(|model| {
            let newest = model.segments[0].iter().map(|frame| frame.at).max().expect("sealed ones hold frames");
            retention.age.is_some_and(|age| now.saturating_sub(newest) > age.as_millis() as u64)
        });
        self.drop_while(|model| retention.bytes.is_some_and(|max| bytes(&model.segments.concat()) > max));
    }

    fn frames(&self) -> Vec<Kept> {
        self.segments.concat()
    }

    fn check(&self, log: &Log) {
        let frames = self.frames();
        assert_eq!(log.start(), Position(frames.first().map_or(self.next, |frame| frame.first)));
        assert_eq!((log.next(), log.bytes()), (Position(self.next), bytes(&frames)));
        for frame in &frames {
            for position in frame.first..frame.first + u64::from(frame.count) {
                let read = log.find(Position(position)).expect("kept").read().expect("sound");
                let read = Kept {
                    first: read.first.0,
                    count: read.count.get(),
                    at: read.appended.0,
                    payload: read.payload.into(),
                };
                assert_eq!(&read, frame);
            }
        }
        assert!(log.find(Position(self.next)).is_none());
        assert!(log.start().0.checked_sub(1).is_none_or(|before| log.find(Position(before)).is_none()));
        for segment in &self.segments {
            let end = segment.last().map(|last| Position(last.first + u64::from(last.count)));
            assert_eq!(segment.first().and_then(|first| log.segment_end(Position(first.first))), end);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<(Vec<u8>, u32)>),
    Roll,
    Retain(Retention),
    DropBefore(u64),
    Reopen,
}

fn frame() -> impl Strategy<Value = (Vec<u8>, u32)> {
    frame_of(0..200)
}

fn frame_of(bytes: Range<usize>) -> impl Strategy<Value = (Vec<u8>, u32)> {
    (prop::collection::vec(any::<u8>(), bytes), 1..4u32)
}

fn step() -> impl Strategy<Value = Step> {
    let retention = (prop::option::of(0..40u64), prop::option::of(0..2_000u64))
        .prop_map(|(age, bytes)| Retention { age: age.map(Duration::from_millis), bytes });
    prop_oneof![
        6 => prop::collection::vec(frame(), 0..4).prop_map(Step::Append),
        1 => Just(Step::Roll),
        2 => retention.prop_map(Step::Retain),
        1 => (0..60u64).prop_map(Step::DropBefore),
        2 => Just(Step::Reopen),
    ]
}

fn append(log: &mut Log, group: &[(Vec<u8>, u32)], now: u64) {
    let (expected, mut batch) = (log.next(), log.begin(UnixMillis(now)));
    for (payload, count) in group {
        let write = |bytes: &mut Vec<u8>| {
            bytes.extend_from_slice(payload);
            Ok(())
        };
        batch.push(NonZeroU32::new(*count).expect("at least one"), write).expect("fits");
    }
    assert_eq!(batch.commit().expect("appended"), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_history_reads_as_the_model_does(steps in prop::collection::vec(step(), 1..30), segment_bytes in 1..1_500u64) {
        let dir = TempDir::new().expect("a directory");
        let mut log = Log::open(dir.path(), options(segment_bytes)).expect("opens").0;
        let mut model = Model::new(segment_bytes);
        for (now, step) in steps.into_iter().enumerate() {
            let now = 10 * now as u64;
            match step {
                Step::Append(group) => {
                    append(&mut log, &group, now);
                    model.append(&group, now);
                }
                Step::Roll => {
                    log.roll().expect("rolls");
                    model.roll();
                }
                Step::Retain(retention) => {
                    let before = log.bytes();
                    let freed = log.retain(&retention, UnixMillis(now)).expect("removed");
                    prop_assert_eq!(log.bytes() + freed, before);
                    model.retain(&retention, now);
                }
                Step::DropBefore(position) => {
                    log.drop_before(Position(position)).expect("removed");
                    model.drop_while(|model| model.segments[1].first().map_or(model.next, |frame| frame.first) <= position);
                }
                Step::Reopen => {
                    let (reopened, cut) = Log::open(dir.path(), options(segment_bytes)).expect("opens");
                    prop_assert_eq!(cut, None);
                    log = reopened;
                }
            }
            model.check(&log);
        }
    }

    #[test]
    fn a_cut_or_a_flipped_bit_at_the_end_costs_what_is_behind_it_and_one_further_inside_is_refused(
        groups in prop::collection::vec(prop::collection::vec(frame(), 1..4), 1..10),
        segment_bytes in 1..1_500u64,
        place in any::<prop::sample::Index>(),
        flip in any::<bool>(),
    ) {
        let dir = TempDir::new().expect("a directory");
        let mut model = filled(dir.path(), &groups, segment_bytes);
        let path = segments(dir.path()).pop().expect("a last segment");
        let mut file = fs::read(&path).expect("read");
        let at = damage(&mut file, place, flip);
        fs::write(&path, &file).expect("written");

        let last = model.segments.last_mut().expect("one under way");
        let ends: Vec<u64> = (1..=last.len()).map(|frames| file_bytes(&last[..frames])).collect();
        let sound = ends.iter().filter(|end| **end <= at).count();
        last.truncate(sound);
        let kept = file_bytes(last);
        if flip && sound + 1 < ends.len() {
            let refused = Log::open(dir.path(), options(segment_bytes));
            let expected = (&path, kept, ends[sound]);
            prop_assert!(matches!(&refused, Err(OpenError::DamagedInside { path, at, sound, .. }) if (path, *at, *sound) == expected), "{:?}", refused);
            prop_assert_eq!(fs::read(&path).expect("read"), file, "nothing was changed");
            return Ok(());
        }
        model.next = last.last().map_or_else(|| first_of(&path), |frame| frame.first + u64::from(frame.count));
        let (mut log, cut) = Log::open(dir.path(), options(segment_bytes)).expect("repaired");
        prop_assert_eq!(cut.as_ref().map_or((kept, 0), |cut| (cut.at, cut.bytes)), (kept, file.len() as u64 - kept));
        prop_assert_eq!(cut.map_or(model.next, |cut| cut.next.0), model.next);
        model.check(&log);
        // And the log goes on as if nothing had been there.
        append(&mut log, &groups[0], 9);
        model.append(&groups[0], 9);
        model.check(&log);
        let (log, cut) = Log::open(dir.path(), options(segment_bytes)).expect("opens");
        prop_assert_eq!(cut, None);
        model.check(&log);
    }

    #[test]
    fn damage_in_an_older_segment_is_refused_with_its_place(
        groups in prop::collection::vec(prop::collection::vec(frame_of(1..200), 1..4), 2..8),
        older in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        flip in any::<bool>(),
    ) {
        let dir = TempDir::new().expect("a directory");
        let model = filled(dir.path(), &groups, 0); // every group its own segment
        let older = older.index(groups.len() - 1);
        let path = segments(dir.path())[older].clone();
        let mut file = fs::read(&path).expect("read");
        let mut log = Log::open(dir.path(), options(0)).expect("still sound").0;
        let at = damage(&mut file, place, flip);
        fs::write(&path, &file).expect("written");

        let starts: Vec<u64> = model.segments[older].iter().scan(0, |end, frame| {
            let start = *end;
            *end += HEADER_BYTES + frame.payload.len() as u64;
            Some(start)
        }).collect();
        let hit = starts.iter().rposition(|start| *start <= at).expect("the first begins at 0");
        match Log::open(dir.path(), options(0)) {
            Err(OpenError::Damaged { path: named, at, .. }) => prop_assert_eq!((named, at), (path.clone(), starts[hit])),
            // Cut between two frames, it is sound in itself and ends too early.
            Err(OpenError::Gap { expected, .. }) => prop_assert_eq!(expected.0, model.segments[older][hit].first),
            other => prop_assert!(false, "{:?}", other),
        }
        let found = log.find(Position(model.segments[older][hit].first)).expect("known since before").read();
        prop_assert!(matches!(&found, Err(ReadError::Damaged { path: named, .. }) if *named == path), "{:?}", found);
        // What is behind the damage is still there for who asks for it.
        append(&mut log, &groups[0], 9);
        prop_assert!(log.find(log.start()).is_some());
    }
}

/// Cuts `file` or flips one bit of it; returns the byte up to which it is as it was.
fn damage(file: &mut Vec<u8>, place: prop::sample::Index, flip: bool) -> u64 {
    let at = place.index(file.len());
    if flip {
        file[at] ^= 1 << (at % 8);
    } else {
        file.truncate(at);
    }
    at as u64
}

fn filled(dir: &Path, groups: &[Vec<(Vec<u8>, u32)>], segment_bytes: u64) -> Model {
    let mut log = Log::open(dir, options(segment_bytes)).expect("opens").0;
    let mut model = Model::new(segment_bytes);
    for (now, group) in groups.iter().enumerate() {
        append(&mut log, group, now as u64);
        model.append(group, now as u64);
    }
    model
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(dir).expect("listed").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

fn first_of(path: &Path) -> u64 {
    path.file_stem().expect("a name").to_str().expect("digits").parse().expect("a position")
}

#[test]
fn a_missing_segment_is_a_gap_and_a_foreign_one_unknown() {
    let dir = TempDir::new().expect("a directory");
    let group = vec![(b"x".to_vec(), 1)];
    filled(dir.path(), &[group.clone(), group.clone(), group], 1);
    let files = segments(dir.path());
    fs::remove_file(&files[1]).expect("removed");
    let error = Log::open(dir.path(), options(1)).expect_err("a gap");
    assert!(matches!(&error, OpenError::Gap { path, expected: Position(1) } if *path == files[2]), "{error}");
    fs::write(dir.path().join("00000000000000000009.log2"), b"").expect("written");
    assert!(matches!(Log::open(dir.path(), options(1)), Err(OpenError::Unknown { .. })));
}

#[test]
fn a_group_that_is_dropped_or_refused_leaves_no_trace() {
    let dir = TempDir::new().expect("a directory");
    let mut log = Log::open(dir.path(), options(1_000)).expect("opens").0;
    let of = |byte: u8| move |bytes: &mut Vec<u8>| bytes.write_all(&[byte]);
    let mut group = log.begin(UnixMillis(0));
    group.push(NonZeroU32::MIN, of(1)).expect("fits");
    drop(group);
    let mut group = log.begin(UnixMillis(0));
    group.push(NonZeroU32::MIN, |_| Err(std::io::ErrorKind::Other.into())).expect_err("the payload failed");
    group.push(NonZeroU32::MIN, of(2)).expect("fits");
    assert_eq!(group.commit().expect("appended"), Position(0));
    let read = log.find(Position(0)).expect("kept").read().expect("sound");
    assert_eq!((read.payload.as_ref(), log.next()), ([2].as_slice(), Position(1)));
}

#[test]
fn a_place_outlives_its_log_and_says_when_it_is_gone() {
    let dir = TempDir::new().expect("a directory");
    let mut log = Log::open(dir.path(), options(1)).expect("opens").0;
    append(&mut log, &[(b"old".to_vec(), 1)], 0);
    let while_active = log.find(Position(0)).expect("kept");
    append(&mut log, &[(b"new".to_vec(), 1)], 0);
    let when_sealed = log.find(Position(0)).expect("kept");
    log.drop_before(Position(1)).expect("removed");
    assert_eq!(while_active.read().expect("its file is open").payload.as_ref(), b"old");
    assert!(matches!(when_sealed.read(), Err(ReadError::Gone { position: Position(0) })));
    log.remove().expect("removed");
    assert!(!dir.path().exists());
}

#[test]
fn zeros_behind_the_last_frame_are_cut() {
    let dir = TempDir::new().expect("a directory");
    filled(dir.path(), &[vec![(b"x".to_vec(), 1)]], 1_000);
    let path = segments(dir.path()).remove(0);
    let mut file = fs::read(&path).expect("read");
    let sound = file.len() as u64;
    file.resize(file.len() + 100, 0); // as a file system leaves them after a power cut
    fs::write(&path, &file).expect("written");
    let cut = Log::open(dir.path(), options(1_000)).expect("repaired").1.expect("something was cut");
    assert_eq!((cut.at, cut.bytes, cut.flaw), (sound, 100, Flaw::Header));
}
