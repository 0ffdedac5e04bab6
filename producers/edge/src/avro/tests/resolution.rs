//! Writer schemas other than `bid-request.avsc`.

use apache_avro::types::Value;
use apache_avro::{Schema, to_avro_datum};
use serde_json::{Value as Json, json};

use super::*;

fn standard() -> Json {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The field of the schema at a path of names.
fn field<'j>(schema: &'j mut Json, path: &str) -> &'j mut Json {
    path.split('/').fold(schema, |record, name| {
        let record = if record["fields"].is_array() { record } else { &mut record["type"] };
        record["fields"].as_array_mut().unwrap().iter_mut().find(|field| field["name"] == name).unwrap()
    })
}

/// A value of the schema: strings are their field's name, numbers 7, of a union the last branch.
fn value(schema: &Json, name: &str) -> Value {
    match schema {
        Json::String(kind) => match kind.as_str() {
            "null" => Value::Null,
            "boolean" => Value::Boolean(true),
            "int" => Value::Int(7),
            "long" => Value::Long(7),
            "float" => Value::Float(7.0),
            "double" => Value::Double(7.0),
            "bytes" => Value::Bytes(name.as_bytes().to_vec()),
            "string" => Value::String(name.to_owned()),
            other => panic!("{other}"),
        },
        Json::Array(branches) => {
            Value::Union(branches.len() as u32 - 1, Box::new(value(&branches[branches.len() - 1], name)))
        }
        schema => match schema["type"].as_str() {
            Some("record") => {
                let field =
                    |f: &Json| (f["name"].as_str().unwrap().to_owned(), value(&f["type"], f["name"].as_str().unwrap()));
                Value::Record(schema["fields"].as_array().unwrap().iter().map(field).collect())
            }
            Some("array") => Value::Array(vec![value(&schema["items"], name), value(&schema["items"], name)]),
            Some("map") => Value::Map([("k".to_owned(), value(&schema["values"], name))].into()),
            Some("enum") => Value::Enum(0, schema["symbols"][0].as_str().unwrap().to_owned()),
            Some("fixed") => Value::Fixed(3, vec![1; 3]),
            Some(primitive) => value(&json!(primitive), name),
            None => value(&schema["type"], name),
        },
    }
}

/// What becomes of one datum of the schema.
fn resolved(schema: &Json) -> String {
    let text = schema.to_string();
    let datum = to_avro_datum(&Schema::parse_str(&text).unwrap(), value(schema, "")).unwrap();
    let file = [header(&text, "null"), block(1, &datum)].concat();
    let (mut records, mut out) = (records(&file, &[7]), Vec::new());
    while let Some(event) = records.next() {
        out.push(match event.body {
            Body::Record(bytes) if bytes == expected().published() => "resolved".to_owned(),
            Body::Record(bytes) => format!("other: {:?}", BidDatum::read(bytes)),
            Body::Marker(marker) => marker.reason.to_string(),
        });
    }
    assert_eq!(out.len(), 1, "{out:?}");
    out.remove(0)
}

fn expected() -> Bid {
    let texts = ["auction_id", "user_id", "country", "device", "exchange", "currency", "website"].map(str::to_owned);
    let lists = ["categories", "keywords"].map(|name| vec![name.to_owned(); 2]);
    Bid { texts, timestamp_ms: 7, floor_micros: 7, slots: 7, lists }
}

fn changed(change: impl FnOnce(&mut Json)) -> String {
    let mut schema = standard();
    change(&mut schema);
    resolved(&schema)
}

fn typed(path: &str, kind: Json) -> String {
    changed(|schema| field(schema, path)["type"] = kind)
}

#[test]
fn the_schema_itself() {
    assert_eq!(resolved(&standard()), "resolved");
}

#[test]
fn types_that_resolve_and_types_that_do_not() {
    let table = [
        ("auction_id", json!("bytes"), true),
        ("auction_id", json!({"type": "string", "logicalType": "uuid"}), true),
        ("auction_id", json!(["null", "string"]), true),
        ("auction_id", json!(["string", "null"]), false),
        ("auction_id", json!(["null", "long", "bytes"]), true),
        ("auction_id", json!("long"), false),
        ("auction_id", json!({"type": "enum", "name": "e", "symbols": ["auction_id"]}), false),
        ("auction_id", json!({"type": "fixed", "name": "f", "size": 3}), false),
        ("timestamp", json!("long"), true),
        ("timestamp", json!("int"), true),
        ("timestamp", json!(["null", "int"]), true),
        ("timestamp", json!("double"), false),
        ("timestamp", json!("string"), false),
        ("auction/slots", json!("long"), false),
        ("auction/slots", json!(["null", "int"]), true),
        ("auction/floor_micros", json!("int"), true),
        ("auction/floor_micros", json!("float"), false),
        ("targeting/categories", json!({"type": "array", "items": "bytes"}), true),
        ("targeting/categories", json!({"type": "array", "items": ["null", "string"]}), true),
        ("targeting/categories", json!({"type": "array", "items": ["string", "null"]}), false),
        ("targeting/categories", json!(["null", {"type": "array", "items": "string"}]), true),
        ("targeting/categories", json!({"type": "map", "values": "string"}), false),
        ("targeting/categories", json!("string"), false),
        ("user", json!("string"), false),
    ];
    for (path, kind, resolves) in table {
        assert_eq!(typed(path, kind.clone()), if resolves { "resolved" } else { "bad_avro" }, "{path} {kind}");
    }
}

#[test]
fn fields_go_by_name_and_records_by_none() {
    assert_eq!(changed(|s| s["fields"].as_array_mut().unwrap().reverse()), "resolved");
    assert_eq!(changed(|s| field(s, "auction")["type"]["fields"].as_array_mut().unwrap().reverse()), "resolved");
    assert_eq!(changed(|s| s["name"] = json!("other.Name")), "resolved");
    assert_eq!(changed(|s| field(s, "user")["name"] = json!("User")), "bad_avro");
    for lacking in ["user/country", "auction/currency", "targeting/keywords"] {
        let (record, name) = lacking.split_once('/').unwrap();
        let lacks =
            |s: &mut Json| field(s, record)["type"]["fields"].as_array_mut().unwrap().retain(|f| f["name"] != name);
        assert_eq!(changed(lacks), "bad_avro", "{lacking}");
    }
    assert_eq!(changed(|s| drop(s["fields"].as_array_mut().unwrap().pop())), "bad_avro");
    assert_eq!(resolved(&json!("string")), "bad_avro");
}

#[test]
fn a_nullable_record_and_a_named_type_used_twice() {
    assert_eq!(
        changed(|s| {
            let user = field(s, "user")["type"].clone();
            field(s, "user")["type"] = json!(["null", user])
        }),
        "resolved"
    );
    assert_eq!(
        changed(|s| {
            let user = field(s, "user")["type"].clone();
            field(s, "user")["type"] = json!([user, "null"])
        }),
        "bad_avro"
    );
    let schema = json!({"type": "record", "name": "Bid", "fields": [
        {"name": "auction_id", "type": "string"}, {"name": "timestamp", "type": "long"},
        {"name": "user", "type": {"type": "record", "name": "All", "fields": [
            {"name": "user_id", "type": "string"}, {"name": "country", "type": "string"}, {"name": "device", "type": "string"},
            {"name": "exchange", "type": "string"}, {"name": "floor_micros", "type": "long"}, {"name": "currency", "type": "string"}, {"name": "slots", "type": "int"},
            {"name": "website", "type": "string"}, {"name": "categories", "type": {"type": "array", "items": "string"}},
            {"name": "keywords", "type": {"type": "array", "items": "string"}}]}},
        {"name": "auction", "type": "All"}, {"name": "targeting", "type": "All"}]});
    let all: Vec<u8> = {
        let mut out = Vec::new();
        ["user_id", "country", "device", "exchange"].iter().for_each(|t| write_string(t, &mut out));
        write_long(7, &mut out);
        write_string("currency", &mut out);
        write_long(7, &mut out);
        write_string("website", &mut out);
        for list in ["categories", "keywords"] {
            write_long(2, &mut out);
            (0..2).for_each(|_| write_string(list, &mut out));
            write_long(0, &mut out);
        }
        out
    };
    let mut datum = Vec::new();
    write_string("auction_id", &mut datum);
    write_long(7, &mut datum);
    (0..3).for_each(|_| datum.extend_from_slice(&all));
    let file = [header(&schema.to_string(), "null"), block(1, &datum)].concat();
    let mut records = records(&file, &[5]);
    assert!(matches!(records.next().unwrap().body, Body::Record(bytes) if bytes == expected().published()));
}

#[test]
fn unknown_fields_of_every_type_are_passed_over() {
    let unknown = [
        json!("null"),
        json!("boolean"),
        json!("int"),
        json!("long"),
        json!("float"),
        json!("double"),
        json!("bytes"),
        json!("string"),
        json!({"type": "fixed", "name": "F", "size": 3}),
        json!({"type": "enum", "name": "E", "symbols": ["A"]}),
        json!({"type": "array", "items": "int"}),
        json!({"type": "map", "values": "double"}),
        json!(["null", "int"]),
        json!({"type": "record", "name": "R", "fields": [{"name": "user_id", "type": "int"}, {"name": "x", "type": {"type": "array", "items": "string"}}]}),
    ];
    for kind in unknown {
        for at in [0, 2, 5] {
            let with =
                |s: &mut Json| s["fields"].as_array_mut().unwrap().insert(at, json!({"name": "unknown", "type": kind}));
            assert_eq!(changed(with), "resolved", "{kind} at {at}");
        }
    }
}

/// A datum of the schema with these bytes as its lists.
fn with_lists(lists: &[u8]) -> Vec<u8> {
    let mut datum = expected().datum();
    let list = |name: &str| {
        let mut out = Vec::new();
        write_long(2, &mut out);
        (0..2).for_each(|_| write_string(name, &mut out));
        out.push(0);
        out
    };
    datum.truncate(datum.len() - list("categories").len() - list("keywords").len());
    [&datum, lists].concat()
}

#[test]
fn lists_in_several_blocks_with_and_without_sizes() {
    let mut lists = Vec::new();
    for name in ["categories", "keywords"] {
        write_long(1, &mut lists);
        write_string(name, &mut lists);
        write_long(-1, &mut lists);
        write_long(name.len() as i64 + 1, &mut lists);
        write_string(name, &mut lists);
        lists.push(0);
    }
    let file = [header(SCHEMA, "null"), block(1, &with_lists(&lists))].concat();
    let mut records = records(&file, &[3]);
    assert!(matches!(records.next().unwrap().body, Body::Record(bytes) if bytes == expected().published()));
}

#[test]
fn bad_text_costs_its_datum_alone() {
    let mut bad = Bid::named("b").datum();
    let at = bad.windows(3).position(|w| w == b"DEU").unwrap();
    bad[at] = 0xff;
    let mut bad_item = Bid::named("c").datum();
    let at = bad_item.windows(4).position(|w| w == b"IAB1").unwrap();
    bad_item[at] = 0xff;
    let data = [Bid::named("a").datum(), bad, bad_item, Bid::named("d").datum()].concat();
    assert_eq!(read(&[header(SCHEMA, "null"), block(4, &data)].concat()), ["a", "!bad_avro", "!bad_avro", "d"]);
}

#[test]
fn a_datum_at_the_bound_and_past_it() {
    let sized = |by_list: bool, size: usize| {
        let mut bid = Bid::named("a");
        let mut text = |n: usize| match by_list {
            true => bid.lists[1] = (0..n).map(|_| "k".to_owned()).collect(),
            false => bid.texts[6] = "w".repeat(n),
        };
        text(60_000);
        let small = bid.datum().len();
        let mut text = |n: usize| match by_list {
            true => bid.lists[1][0] = "k".repeat(n),
            false => bid.texts[6] = "w".repeat(n),
        };
        // the length of a text of that size takes two bytes more than that of one byte, and as many as that of 60,000
        text(if by_list { size - small - 1 } else { 60_000 + size - small });
        bid.datum()
    };
    let max = adx_events::RECORD_BYTES_MAX;
    for by_list in [false, true] {
        assert_eq!(sized(by_list, max).len(), max);
        let data = [sized(by_list, max), sized(by_list, max + 1), Bid::named("b").datum()].concat();
        assert_eq!(read(&[header(SCHEMA, "null"), block(3, &data)].concat()), ["a", "!too_large", "b"]);
    }
}
