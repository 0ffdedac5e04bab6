//! The plan in tables, and the law that what was applied leaves nothing to do.

use fluvio_controlplane_metadata::topic::{Bounds, CompressionAlgorithm, Deduplication, Filter, Transform};
use proptest::prelude::*;

use super::*;

const OURS: &[u8] = b"\0asm ours";

const MODULE: Module = Module { name: "adx-x-v1", kind: adx_smartmodules::Kind::Map, wasm: OURS, package: "[package]" };

fn topic(name: &str, partitions: u32, compression: CompressionAlgorithm) -> DeclaredTopic {
    let mut spec = TopicSpec::new_computed(partitions, 1, None);
    spec.set_compression_type(compression);
    DeclaredTopic { name: name.to_owned(), spec }
}

fn module(key: &str, wasm: &[u8]) -> FoundModule {
    FoundModule { key: key.to_owned(), package: None, wasm: Some(wasm.to_vec()) }
}

/// The module as `smdk load` leaves it.
fn loaded(name: &str, wasm: &[u8]) -> FoundModule {
    let mut metadata = SmartModuleMetadata::default();
    (metadata.package.name, metadata.package.group) = (name.to_owned(), "advertisex".to_owned());
    FoundModule { key: metadata.store_id(), package: Some(metadata), wasm: Some(wasm.to_vec()) }
}

/// What `diff` prints, each line up to its first colon.
fn told(topics: &[DeclaredTopic], found: &Found) -> Vec<String> {
    let plan = Plan::of(topics, &[MODULE], found);
    let lines = plan.changes.iter().map(Change::to_string).chain(plan.obstacles.iter().map(Obstacle::to_string));
    lines.map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": ")).collect()
}

#[test]
fn modules_by_name_and_bytes() {
    for (modules, expected) in [
        (vec![], vec!["+ SmartModule adx-x-v1: 9 bytes"]),
        (vec![module("adx-x-v2", OURS)], vec!["+ SmartModule adx-x-v1: 9 bytes"]),
        (vec![module("adx-x-v1", OURS)], vec![]),
        (vec![loaded("adx-x-v1", OURS)], vec![]),
        (vec![FoundModule { wasm: None, ..module("adx-x-v1", OURS) }], vec!["~ SmartModule adx-x-v1"]),
        (vec![module("adx-x-v1", b"other")], vec!["~ SmartModule adx-x-v1"]),
        // A stream that asks by name may get either.
        (vec![module("adx-x-v1", OURS), loaded("adx-x-v1", b"old")], vec!["~ SmartModule adx-x-v1-advertisex-0.1.0"]),
    ] {
        let told = told(&[], &Found { topics: vec![], modules: modules.clone() });
        let told: Vec<_> = told.iter().map(|line| line.split(": other").next().unwrap()).collect();
        assert_eq!(told, expected, "{modules:?}");
    }
}

#[test]
fn topics_by_name_partitions_and_settings() {
    use CompressionAlgorithm::{Any, Lz4};
    let found = |topics| Found { topics, modules: vec![module("adx-x-v1", OURS)] };
    let declared = [topic("a", 2, Any)];
    for (there, expected) in [
        (
            vec![],
            vec!["+ topic a: partition.count 2, partition.replication 1, retention.time 7d, compression.type Any"],
        ),
        (
            vec![topic("b", 3, Lz4)],
            vec!["+ topic a: partition.count 2, partition.replication 1, retention.time 7d, compression.type Any"],
        ),
        (vec![topic("a", 2, Any)], vec![]),
        (vec![topic("a", 3, Any)], vec!["! topic a: 3 partitions, declared are 2"]),
        (vec![topic("a", 2, Lz4)], vec!["! topic a: compression.type is Lz4, declared is Any"]),
        (
            vec![topic("a", 1, Lz4)],
            vec!["! topic a: 1 partitions, declared are 2", "! topic a: compression.type is Lz4, declared is Any"],
        ),
    ] {
        assert_eq!(told(&declared, &found(there.clone())), expected, "{there:?}");
    }
    let mut with_holes = topic("a", 2, Any);
    with_holes.spec.set_deduplication(Some(Deduplication {
        bounds: Bounds { count: 5, age: None },
        filter: Filter { transform: Transform { uses: "d".to_owned(), with: Default::default() } },
    }));
    let told = told(&declared, &found(vec![with_holes]));
    assert!(told.len() == 1 && told[0].starts_with("! topic a: deduplication is"), "{told:?}");
}

#[test]
fn only_another_partition_count_forbids_everything() {
    use CompressionAlgorithm::{Any, Lz4};
    let plan = |found| Plan::of(&[topic("a", 2, Any)], &[], &Found { topics: vec![found], modules: vec![] });
    assert_eq!(plan(topic("a", 2, Lz4)).forbidden(), None);
    let forbidden = plan(topic("a", 3, Lz4)).forbidden().cloned();
    assert_eq!(forbidden, Some(Obstacle::Partitions { topic: "a".to_owned(), found: 3, declared: 2 }));
}

/// What a cluster has after a change.
fn done(found: &mut Found, change: Change) {
    match change {
        Change::CreateTopic(topic) => found.topics.push(topic),
        Change::CreateModule { name, wasm } => found.modules.push(module(name, wasm)),
        Change::ReplaceModule { key, package, wasm } => {
            found.modules.retain(|module| module.key != key);
            found.modules.push(FoundModule { key, package, wasm: Some(wasm.to_vec()) });
        }
    }
}

fn some_topic() -> impl Strategy<Value = DeclaredTopic> {
    let compression = prop_oneof![Just(CompressionAlgorithm::Any), Just(CompressionAlgorithm::Zstd)];
    ("[a-d]", 1..4u32, compression).prop_map(|(name, partitions, compression)| topic(&name, partitions, compression))
}

fn some_topics() -> impl Strategy<Value = Vec<DeclaredTopic>> {
    let by_name = prop::collection::vec(some_topic(), 0..5);
    by_name.prop_map(|mut topics| {
        topics.sort_by(|one, other| one.name.cmp(&other.name));
        topics.dedup_by(|one, other| one.name == other.name);
        topics
    })
}

proptest! {
    #[test]
    fn once_applied_nothing_is_left_to_do_and_what_is_there_stays(
        declared in some_topics(),
        there in some_topics(),
        plain in prop::option::of(any::<bool>()),
        packaged in prop::option::of(any::<bool>()),
    ) {
        let bytes = |ours| if ours { OURS } else { b"other" };
        let modules = plain.map(|ours| module("adx-x-v1", bytes(ours)));
        let modules = modules.into_iter().chain(packaged.map(|ours| loaded("adx-x-v1", bytes(ours)))).collect();
        let mut found = Found { topics: there.clone(), modules };
        let plan = Plan::of(&declared, &[MODULE], &found);
        plan.changes.iter().for_each(|change| done(&mut found, change.clone()));
        let again = Plan::of(&declared, &[MODULE], &found);
        prop_assert_eq!(&again.changes, &[]);
        prop_assert_eq!(&again.obstacles, &plan.obstacles);
        prop_assert!(there.iter().all(|topic| found.topics.contains(topic)));
        prop_assert!(declared.iter().all(|topic| found.topics.iter().any(|found| found.name == topic.name)));
    }
}
