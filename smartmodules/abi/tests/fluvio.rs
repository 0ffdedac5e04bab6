//! The encoding against Fluvio's own: what its host writes is read here, and what is written here its host reads.

use std::collections::BTreeMap;
use std::io::Cursor;

use adx_smartmodule_abi::{ENGINE_VERSION, Guest, Input, Output, Params, Record, Transform, run};
use fluvio_protocol::record::Record as FluvioRecord;
use fluvio_protocol::{Decoder, Encoder};
use fluvio_smartmodule::SMARTMODULE_TIMESTAMPS_VERSION;
use fluvio_smartmodule::dataplane::smartmodule::{
    SmartModuleExtraParams, SmartModuleInitInput, SmartModuleInput, SmartModuleOutput,
};
use proptest::prelude::*;

/// Passes every record on and notes what it saw.
#[derive(Default)]
struct Identity {
    params: Params,
    seen: Vec<(i64, i64)>,
    in_place: bool,
}

impl Transform for Identity {
    fn init(&mut self, params: &Params) {
        self.params = params.clone();
    }

    fn record(&mut self, record: &Record<'_>, out: &mut Output) {
        self.seen.push((record.offset, record.timestamp));
        if self.in_place {
            out.emit_with(record.key, |bytes| bytes.extend_from_slice(record.value));
        } else {
            out.emit(record.key, record.value);
        }
    }
}

/// Drops every record; says at the end of a batch that it was there.
struct KeepAlive;

impl Transform for KeepAlive {
    fn record(&mut self, _record: &Record<'_>, _out: &mut Output) {}

    fn batch_end(&mut self, out: &mut Output) {
        if out.count() == 0 {
            out.emit(None, b"alive");
        }
    }
}

/// Key, value, timestamp delta.
type Parts = (Option<Vec<u8>>, Vec<u8>, i64);

#[derive(Debug, Clone)]
struct Sample {
    base_offset: i64,
    base_timestamp: i64,
    records: Vec<Parts>,
}

fn samples() -> impl Strategy<Value = Sample> {
    let bytes = || {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            proptest::collection::vec(any::<u8>(), 8_000..9_000) // past the next length of a varint
        ]
    };
    let record = (proptest::option::of(bytes()), bytes(), -1_000_i64..1_000_000_000);
    (any::<i32>(), 0..2_000_000_000_000_i64, proptest::collection::vec(record, 0..20)).prop_map(
        |(base_offset, base_timestamp, records)| Sample { base_offset: base_offset.into(), base_timestamp, records },
    )
}

/// Every second offset is left out, as after a filter earlier in the chain.
fn fluvio_records(sample: &Sample) -> Vec<FluvioRecord> {
    let with_preamble = |(index, (key, value, timestamp_delta)): (usize, &Parts)| {
        let mut record = FluvioRecord::new(value.clone());
        record.key = key.clone().map(Into::into);
        record.preamble.set_offset_delta(2 * index as i64);
        record.preamble.set_timestamp_delta(*timestamp_delta);
        record
    };
    sample.records.iter().enumerate().map(with_preamble).collect()
}

fn encoded(value: &impl Encoder, version: i16) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes, version).expect("a Vec has room");
    bytes
}

fn encoded_input(sample: &Sample, version: i16) -> Vec<u8> {
    let records = encoded(&fluvio_records(sample), version);
    encoded(&SmartModuleInput::new(records, sample.base_offset, sample.base_timestamp), version)
}

fn decoded(output: &[u8], version: i16) -> SmartModuleOutput {
    let mut source = Cursor::new(output);
    let decoded = SmartModuleOutput::decode_from(&mut source, version).expect("the host decodes the answer");
    assert_eq!(source.position() as usize, output.len(), "the host reads all of the answer");
    assert!(decoded.error.is_none(), "no record is answered with an error");
    decoded
}

fn through(transform: &mut impl Transform, input: &[u8], version: i16) -> Vec<FluvioRecord> {
    let mut out = Output::default();
    run(transform, input, version, &mut out);
    decoded(out.as_bytes(), version).successes
}

/// Each record's parts and offset delta.
fn comparable(records: &[FluvioRecord]) -> Vec<(Parts, i64)> {
    let parts = |record: &FluvioRecord| {
        let key = record.key.as_ref().map(|key| key.to_vec());
        ((key, record.value.to_vec(), record.timestamp_delta()), record.offset_delta())
    };
    records.iter().map(parts).collect()
}

#[test]
fn the_version_is_the_engines() {
    assert_eq!(ENGINE_VERSION, SMARTMODULE_TIMESTAMPS_VERSION);
}

proptest! {
    #[test]
    fn identity_keeps_every_record(sample in samples(), version in 15_i16..25, in_place: bool) {
        let mut identity = Identity { in_place, ..Identity::default() };
        let records = fluvio_records(&sample);
        let passed = through(&mut identity, &encoded_input(&sample, version), version);
        prop_assert_eq!(comparable(&passed), comparable(&records));
        let base_timestamp = if version >= 22 { sample.base_timestamp } else { -1 };
        let expected: Vec<_> = records
            .iter()
            .map(|record| (sample.base_offset + record.offset_delta(), base_timestamp + record.timestamp_delta()))
            .collect();
        prop_assert_eq!(identity.seen, expected);
    }

    #[test]
    fn a_cut_input_yields_the_whole_records_before_the_cut(sample in samples(), cut: prop::sample::Index) {
        let input = encoded_input(&sample, ENGINE_VERSION);
        let cut = cut.index(input.len());
        let passed = through(&mut Identity::default(), &input[..cut], ENGINE_VERSION);
        let mut whole_bytes = 8 + 4 + 4; // base offset, length, count
        let records = fluvio_records(&sample);
        let whole = records.iter().take_while(|record| {
            whole_bytes += encoded(*record, ENGINE_VERSION).len();
            whole_bytes <= cut
        });
        prop_assert_eq!(comparable(&passed), comparable(&whole.cloned().collect::<Vec<_>>()));
    }

    #[test]
    fn a_flipped_byte_never_panics(sample in samples(), at: prop::sample::Index, flip in 1_u8..) {
        let mut input = encoded_input(&sample, ENGINE_VERSION);
        let at = at.index(input.len());
        input[at] ^= flip;
        prop_assert!(through(&mut Identity::default(), &input, ENGINE_VERSION).len() <= sample.records.len());
    }

    #[test]
    fn params_are_read(pairs in proptest::collection::btree_map(".{0,20}", ".{0,200}", 0..8)) {
        let input = SmartModuleInitInput { params: SmartModuleExtraParams::from(pairs.clone()) };
        let params = Params::parse(&encoded(&input, ENGINE_VERSION));
        let read: BTreeMap<String, String> = params.iter().map(|(name, value)| (name.into(), value.into())).collect();
        prop_assert_eq!(read, pairs);
    }

    #[test]
    fn hostile_params_never_panic(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Params::parse(&input).iter().count() <= input.len() / 4);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_input_is_answered(tail in proptest::collection::vec(any::<u8>(), 0..1 << 20), head in heads(), version in 0..=i16::MAX) {
        let input = [head, tail].concat();
        through(&mut Identity::default(), &input, version);
    }
}

/// Beginnings that let the bytes behind them be taken for records.
fn heads() -> impl Strategy<Value = Vec<u8>> {
    let plausible = (any::<i64>(), any::<u32>(), any::<u32>())
        .prop_map(|(base, len, count)| [&base.to_be_bytes()[..], &len.to_be_bytes(), &count.to_be_bytes()].concat());
    prop_oneof![Just(Vec::new()), plausible]
}

#[test]
fn a_negative_count_and_one_of_thousands_of_millions_are_answered() {
    for count in [-1_i32, i32::MAX] {
        let records = [&count.to_be_bytes()[..], &encoded(&FluvioRecord::new("only"), ENGINE_VERSION)].concat();
        let input = encoded(&SmartModuleInput::new(records, 0, 0), ENGINE_VERSION);
        let passed = through(&mut Identity::default(), &input, ENGINE_VERSION);
        assert_eq!(passed.len(), usize::from(count > 0));
    }
}

#[test]
fn what_ends_a_batch_takes_its_last_offset() {
    let records = vec![(None, b"a".to_vec(), 5), (None, b"b".to_vec(), 7)];
    let sample = Sample { base_offset: 40, base_timestamp: 1_000, records };
    let passed = through(&mut KeepAlive, &encoded_input(&sample, ENGINE_VERSION), ENGINE_VERSION);
    assert_eq!(comparable(&passed), [((None, b"alive".to_vec(), 7), 2)]);
}

#[test]
fn an_empty_batch_is_answered_at_its_first_offset() {
    let sample = Sample { base_offset: 40, base_timestamp: 1_000, records: Vec::new() };
    let passed = through(&mut KeepAlive, &encoded_input(&sample, ENGINE_VERSION), ENGINE_VERSION);
    assert_eq!(comparable(&passed), [((None, b"alive".to_vec(), 0), 0)]);
}

#[test]
fn a_guest_keeps_its_buffers() {
    let mut guest = Guest::<Identity>::default();
    let sample = |value: &[u8]| Sample { base_offset: 0, base_timestamp: 0, records: vec![(None, value.to_vec(), 0)] };
    let mut places = Vec::new();
    for value in [&[b'x'; 5_000][..], b"short", b"", &[b'y'; 5_000]] {
        let input = encoded_input(&sample(value), ENGINE_VERSION);
        let place = guest.alloc(input.len());
        place.copy_from_slice(&input);
        let input_at = place.as_ptr();
        let answer = guest.call(input.len(), ENGINE_VERSION);
        assert_eq!(decoded(answer, ENGINE_VERSION).successes[0].value.as_ref(), value);
        places.push((input_at, answer.as_ptr()));
    }
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:?}");
}

#[test]
fn a_guest_hands_its_parameters_over() {
    let params = SmartModuleExtraParams::from(BTreeMap::from([("country".to_owned(), "DEU".to_owned())]));
    let input = encoded(&SmartModuleInitInput { params }, ENGINE_VERSION);
    let mut guest = Guest::<Identity>::default();
    guest.alloc(input.len()).copy_from_slice(&input);
    guest.init(input.len());
    assert_eq!(guest.transform().params.get("country"), Some("DEU"));
    assert_eq!(guest.transform().params.get("campaign"), None);
}

#[test]
fn records_are_read_where_they_lie() {
    let records = vec![(Some(b"user".to_vec()), b"value".to_vec(), 3)];
    let input = encoded_input(&Sample { base_offset: 7, base_timestamp: 100, records }, ENGINE_VERSION);
    let parsed = Input::parse(&input, ENGINE_VERSION);
    let record = parsed.records.clone().next().expect("one record");
    assert_eq!((parsed.base_offset, parsed.base_timestamp, parsed.records.count()), (7, 100, 1));
    assert_eq!((record.key, record.value, record.timestamp_delta), (Some(&b"user"[..]), &b"value"[..], 3));
    assert!(input.as_ptr_range().contains(&record.value.as_ptr()));
}
