//! Files made to hurt: bombs, depths, flipped bits.

use super::*;

const MIB: usize = 1024 * 1024;

/// A record type of these fields, before or after which nothing is.
fn schema_with(unknown: &str) -> String {
    SCHEMA.replacen("\"fields\": [", &format!("\"fields\": [{{\"name\": \"unknown\", \"type\": {unknown}}},"), 1)
}

/// What becomes of a block whose one datum begins with these bytes for the unknown field.
fn unknown(schema: &str, bytes: &[u8]) -> Vec<String> {
    let bad = [bytes, &Bid::named("b").datum()].concat();
    read(&[header(&schema_with(schema), "null"), block(1, &bad)].concat())
}

#[test]
fn values_that_are_not_what_the_schema_says() {
    let long = |n: i64| {
        let mut out = Vec::new();
        write_long(n, &mut out);
        out
    };
    let array = r#"{"type": "array", "items": "int"}"#;
    let table = [
        ("\"boolean\"", vec![2], vec![1]),
        ("\"int\"", long(1 << 31), long((1 << 31) - 1)),
        ("\"int\"", long(-(1 << 31) - 1), long(-(1 << 31))),
        ("\"long\"", [vec![0xff; 9], vec![2]].concat(), [vec![0xff; 9], vec![1]].concat()),
        ("\"long\"", vec![0x80; 11], long(i64::MIN)),
        ("\"bytes\"", long(-1), long(0)),
        (r#"{"type": "enum", "name": "E", "symbols": ["A"]}"#, long(1), long(0)),
        (r#"["null", "int"]"#, long(2), long(0)),
        (r#"["null", "int"]"#, long(-1), [long(1), long(9)].concat()),
        (array, [long(-1), long(-1), long(1), long(0)].concat(), [long(-1), long(1), long(1), long(0)].concat()),
        (array, long(i64::MIN), long(0)),
        (r#"{"type": "fixed", "name": "F", "size": 1152921504606846976}"#, vec![], vec![]),
    ];
    for (schema, bad, good) in table {
        assert_eq!(unknown(schema, &bad), ["!bad_avro"], "{schema} {bad:?}");
        if !schema.contains("fixed") {
            assert_eq!(unknown(schema, &good), ["b"], "{schema} {good:?}");
        }
    }
}

#[test]
fn depth_is_bounded() {
    let schema = r#"{"type": "record", "name": "L", "fields": [{"name": "next", "type": ["null", "L"]}]}"#;
    let deep = |n: usize| [vec![2; n], vec![0]].concat();
    assert_eq!(unknown(schema, &deep(20)), ["b"]);
    assert_eq!(unknown(schema, &deep(40)), ["!bad_avro"]);
    assert_eq!(unknown(schema, &deep(1_000_000)), ["!bad_avro"]);
    let endless = r#"{"type": "record", "name": "L", "fields": [{"name": "next", "type": "L"}]}"#;
    assert_eq!(unknown(endless, &[]), ["!bad_avro"]);
}

#[test]
fn values_that_take_no_bytes_do_not_hold_up_reading() {
    let nulls = r#"{"type": "array", "items": "null"}"#;
    let mut many = Vec::new();
    write_long(i64::MAX, &mut many);
    assert_eq!(unknown(nulls, &many), ["!bad_avro"]);
    let mut few = Vec::new();
    write_long(1_000_000, &mut few);
    few.push(0);
    assert_eq!(unknown(nulls, &few), ["b"]);
    // each record holds the one before it twice: 2^40 values in no byte
    let mut schema = r#"{"type": "record", "name": "R0", "fields": []}"#.to_owned();
    for n in 1..40 {
        let inner = n - 1;
        schema = format!(
            r#"{{"type": "record", "name": "R{n}", "fields": [{{"name": "a", "type": {schema}}}, {{"name": "b", "type": "R{inner}"}}]}}"#
        );
    }
    assert_eq!(unknown(&schema, &[]), ["!bad_avro"]);
}

#[test]
fn a_bomb_is_refused_within_the_bound() {
    let piece = vec![b'a'; MIB];
    for codec in CODECS {
        let bomb = match codec {
            "bzip2" | "xz" | "zstandard" => compressed(codec, &piece).repeat(65), // stream after stream
            _ => compressed(codec, &piece.repeat(65)),
        };
        let file =
            [header(SCHEMA, codec), block(1, &bomb), block(1, &compressed(codec, &Bid::named("z").datum()))].concat();
        let mut records = records(&file, &[60_000]);
        let bad = records.next().unwrap();
        assert!(matches!(bad.body, Body::Marker(_)), "{codec}");
        assert!(records.capacity() <= (64 + 96 + 1) * MIB, "{codec}: {}", records.capacity());
        assert!(matches!(records.next().unwrap().body, Body::Record(_)), "{codec}");
        assert!(records.next().is_none());
    }
}

#[test]
fn the_largest_block_is_read() {
    let item = Bid { lists: [vec!["k".repeat(200_000)], vec![]], ..Bid::named("a") }.datum();
    let count = 64 * MIB / item.len();
    let data = item.repeat(count);
    for codec in ["null", "deflate", "zstandard"] {
        let mut records =
            records(&[header(SCHEMA, codec), block(count as i64, &compressed(codec, &data))].concat(), &[600_000]);
        for _ in 0..count {
            assert!(matches!(records.next().unwrap().body, Body::Record(_)), "{codec}");
        }
        assert!(records.next().is_none() && records.capacity() <= (64 + 96 + 1) * MIB);
    }
}

#[test]
fn a_xz_block_may_not_ask_for_much_memory() {
    let mut options = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
    options.dict_size(1 << 30);
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(&options);
    let stream = liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc32);
    let Ok(stream) = stream else { panic!("no encoder") };
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(&Bid::named("a").datum()).unwrap();
    let data = encoder.finish().unwrap();
    assert_eq!(read(&[header(SCHEMA, "xz"), block(1, &data)].concat()), ["!bad_avro"]);
}

proptest! {
    #[test]
    fn flipped_bits_never_panic_and_cost_the_same_however_the_file_is_cut(
        groups in proptest::collection::vec(proptest::collection::vec(bids(), 1..4), 1..4), codec in proptest::sample::select(&CODECS[..]),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..4), sizes in proptest::collection::vec(1..300usize, 1..4),
    ) {
        let mut file = file(codec, &groups);
        for (at, bit) in flips {
            let at = at.index(file.len());
            file[at] ^= 1 << bit;
        }
        prop_assert_eq!(read_cut(&file, &sizes), read(&file));
    }

    #[test]
    fn a_flipped_bit_in_one_block_costs_no_other(
        groups in proptest::collection::vec(proptest::collection::vec(bids(), 1..4), 3..4), codec in proptest::sample::select(&CODECS[..]),
        at in any::<prop::sample::Index>(), bit in 0..8u8,
    ) {
        let length = |n: usize| file(codec, &groups[..n]).len();
        let (start, end) = (length(1), length(2));
        let mut broken = file(codec, &groups);
        broken[start + at.index(end - 16 - start)] ^= 1 << bit;
        let names = |group: &[Bid]| group.iter().map(|bid| bid.texts[0].clone()).collect::<Vec<_>>();
        let read = read(&broken);
        prop_assert!(read.starts_with(&names(&groups[0])));
        prop_assert!(read.ends_with(&names(&groups[2])));
    }

    #[test]
    fn any_bytes_after_a_header_are_read(codec in proptest::sample::select(&CODECS[..]), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&[header(SCHEMA, codec), bytes].concat());
    }

    #[test]
    fn any_schema_text_is_read_or_refused(schema in "[\\[\\]{}\":,a-z ]{0,60}", broken in any::<prop::sample::Index>(), byte in 0x20..0x7fu8) {
        read(&[header(&schema, "null"), b"\x02\x02a".to_vec()].concat());
        let mut schema = SCHEMA.as_bytes().to_vec();
        let at = broken.index(schema.len());
        schema[at] = byte;
        read(&[header(std::str::from_utf8(&schema).unwrap(), "null"), block(1, &Bid::named("a").datum())].concat());
    }
}
