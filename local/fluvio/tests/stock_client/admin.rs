//! Topics, SmartModules, partitions and SPUs as an admin client sees them.

use fluvio::metadata::customspu::CustomSpuSpec;
use fluvio::metadata::objects::WatchResponse;
use fluvio::metadata::partition::PartitionSpec;
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::spg::SpuGroupSpec;
use fluvio::metadata::spu::SpuSpec;
use fluvio::metadata::tableformat::TableFormatSpec;
use fluvio::metadata::topic::TopicSpec;
use futures_util::{Stream, StreamExt};

use crate::bed::{Bed, connect, consumer, next_error, read_values, values, within};
use crate::modules::{PASS, module};

fn module_spec(wat: &str) -> SmartModuleSpec {
    let wasm = SmartModuleWasm::from_raw_wasm_bytes(wat.as_bytes()).expect("gzip");
    SmartModuleSpec { wasm, ..Default::default() }
}

async fn topics(bed: &Bed) -> Vec<(String, u32)> {
    let found = bed.admin.all::<TopicSpec>().await.expect("list");
    found.into_iter().map(|topic| (topic.name, topic.spec.partitions())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_created_listed_and_deleted() {
    let bed = Bed::new().await;
    assert_eq!(topics(&bed).await, []);
    bed.topic("second", 3).await;
    bed.topic("first", 1).await;
    assert_eq!(topics(&bed).await, [("first".to_owned(), 1), ("second".to_owned(), 3)]);
    bed.admin.delete::<TopicSpec>("second").await.expect("delete");
    assert_eq!(topics(&bed).await, [("first".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_cannot_be_are_refused_with_the_reason() {
    let bed = Bed::new().await;
    bed.topic("taken", 1).await;
    let computed = |partitions, replication| TopicSpec::new_computed(partitions, replication, None);
    let assigned = TopicSpec::new_assigned(vec![(0, vec![7])]);
    let rows = [
        ("taken", computed(1, 1), "already exists"),
        ("Not-Lower", computed(1, 1), "Invalid topic name"),
        ("none", computed(0, 1), "0 partitions"),
        ("many", computed(100_000, 1), "100000 partitions"),
        ("copied", computed(1, 2), "replication 2"),
        ("elsewhere", assigned, "other SPUs"),
    ];
    for (name, spec, reason) in rows {
        let error = bed.admin.create(name.to_owned(), false, spec).await.expect_err(name);
        assert!(error.to_string().contains(reason), "{name}: {error}");
    }
    assert_eq!(topics(&bed).await, [("taken".to_owned(), 1)]);
    let error = bed.admin.delete::<TopicSpec>("absent").await.expect_err("no such topic");
    assert!(error.to_string().contains("not found"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_creates_nothing() {
    let bed = Bed::new().await;
    bed.admin.create("dry".to_owned(), true, TopicSpec::new_computed(1, 1, None)).await.expect("could be created");
    assert_eq!(topics(&bed).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_topic_is_there_and_only_deleted_by_force() {
    let bed = Bed::new().await;
    let request = fluvio::metadata::objects::ListRequest::<TopicSpec>::new(vec![], false).system(true);
    let system = bed.admin.list_with_config::<TopicSpec, String>(request).await.expect("list");
    assert_eq!(system.iter().map(|topic| topic.name.as_str()).collect::<Vec<_>>(), ["consumer-offset"]);
    bed.admin.delete::<TopicSpec>("consumer-offset").await.expect_err("the cluster's own");
    bed.admin.force_delete::<TopicSpec>("consumer-offset").await.expect("by force");
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_show_where_their_logs_end() {
    let bed = Bed::new().await;
    bed.topic("ends", 2).await;
    bed.produce("ends", &values(1, 0..7)).await;
    let partitions = bed.admin.all::<PartitionSpec>().await.expect("list");
    let shown = |name: &str| {
        let partition = partitions.iter().find(|partition| partition.name == name).expect("listed");
        (partition.status.leader.leo, partition.status.leader.hw, partition.status.size > 0)
    };
    assert_eq!((shown("ends-0"), shown("ends-1")), ((0, 0, false), (7, 7, true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_spu_is_online_and_kinds_without_objects_are_empty() {
    let bed = Bed::new().await;
    let spus = bed.admin.all::<SpuSpec>().await.expect("list");
    assert_eq!(spus.iter().map(|spu| (spu.spec.id, spu.status.is_online())).collect::<Vec<_>>(), [(5001, true)]);
    assert_eq!(bed.admin.all::<CustomSpuSpec>().await.expect("list").len(), 1);
    assert_eq!(bed.admin.all::<SpuGroupSpec>().await.expect("list").len(), 0);
    assert_eq!(bed.admin.all::<TableFormatSpec>().await.expect("list").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn smartmodules_are_created_replaced_listed_and_deleted() {
    let bed = Bed::new().await;
    let specs = [module_spec(&module(PASS)), module_spec("(module)")];
    for spec in &specs {
        bed.admin.create("adx-pass".to_owned(), false, spec.clone()).await.expect("create");
    }
    let whole = bed.admin.list::<SmartModuleSpec, _>(vec!["adx-pass".to_owned()]).await.expect("list");
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0].spec.wasm, specs[1].wasm);
    let summary = bed.admin.list_with_params::<SmartModuleSpec, String>(vec![], true).await.expect("list");
    let length = summary[0].spec.summary.as_ref().expect("a summary").wasm_length;
    assert_eq!((length as usize, summary[0].spec.wasm.payload.len()), (specs[1].wasm.payload.len(), 0));
    bed.admin.delete::<SmartModuleSpec>("adx-pass").await.expect("delete");
    let error = bed.admin.delete::<SmartModuleSpec>("adx-pass").await.expect_err("gone");
    assert!(error.to_string().contains("not found"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_client_hears_of_a_topic_and_of_its_end() {
    let bed = Bed::new().await;
    let other = connect(&bed.cluster).await;
    let mut partitions = bed.admin.watch::<PartitionSpec>().await.expect("watch");
    assert_eq!(hear(&mut partitions).await, (vec!["consumer-offset-0".to_owned()], vec![]));
    other.admin().await.create("shared".to_owned(), false, TopicSpec::new_computed(2, 1, None)).await.expect("create");
    assert_eq!(hear(&mut partitions).await.1, ["UPDATE shared-0", "UPDATE shared-1"]);
    other.admin().await.delete::<TopicSpec>("shared").await.expect("delete");
    assert_eq!(hear(&mut partitions).await.1, ["DELETE shared-0", "DELETE shared-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_that_created_a_topic_soon_uses_it() {
    let bed = Bed::new().await;
    for round in 0..10 {
        let topic = format!("fresh-{round}");
        bed.topic(&topic, 4).await;
        bed.produce(&topic, &values(3, 0..3)).await;
        let mut stream = bed.open(&mut consumer(&topic, 3, 0)).await;
        assert_eq!(read_values(&mut stream, 3).await, values(3, 0..3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_topic_ends_its_streams() {
    let bed = Bed::new().await;
    bed.topic("doomed", 1).await;
    bed.produce("doomed", &values(0, 0..3)).await;
    let mut stream = bed.open(&mut consumer("doomed", 0, 0)).await;
    assert_eq!(read_values(&mut stream, 3).await, values(0, 0..3));
    bed.admin.delete::<TopicSpec>("doomed").await.expect("delete");
    let end = next_error(&mut stream).await;
    assert_eq!(end, adx_local_fluvio::ErrorCode::TopicDeleted);
}

type Heard = (Vec<String>, Vec<String>);

/// The names in a watch's next message: everything, or what changed.
async fn hear<S, E>(watch: &mut S) -> Heard
where
    S: Stream<Item = Result<WatchResponse<PartitionSpec>, E>> + Unpin,
    E: std::fmt::Debug,
{
    let update = within(watch.next()).await.expect("a message").expect("no error").inner();
    let all = update.all.iter().map(|object| object.name.clone()).collect();
    let changes = update.changes.iter().map(|change| format!("{:?} {}", change.header, change.content.name)).collect();
    (all, changes)
}
