//! The table of what is supported: each of its rows is tried, and met as it says.

use adx_local_fluvio::ErrorCode;
use adx_local_fluvio::support::{Feature, Support};
use fluvio::consumer::{SmartModuleExtraParams, SmartModuleInvocation};
use fluvio::metadata::customspu::CustomSpuSpec;
use fluvio::metadata::objects::{ObjectApiWatchRequest, WatchRequest};
use fluvio::metadata::partition::PartitionSpec;
use fluvio::metadata::smartmodule::{SmartModuleSpec, SmartModuleWasm};
use fluvio::metadata::spg::SpuGroupSpec;
use fluvio::metadata::spu::SpuSpec;
use fluvio::metadata::tableformat::TableFormatSpec;
use fluvio::metadata::topic::{
    AddMirror, AddPartition, Bounds, Deduplication, Filter, HomeMirrorConfig, MirrorConfig, TopicSpec, Transform,
    UpdateTopicAction,
};
use fluvio::{Offset, TopicProducerConfigBuilder};
use fluvio_protocol::api::Request;
use fluvio_protocol::link::versions::ApiVersionsRequest;
use fluvio_sc_schema::TryEncodableFrom;
use fluvio_sc_schema::mirror::MirrorSpec;
use fluvio_sc_schema::mirroring::ObjectMirroringRequest;
use fluvio_smartmodule::dataplane::smartmodule::Lookback;
use fluvio_spu_schema::fetch::{DefaultFetchRequest, FetchPartition, FetchableTopic};
use fluvio_spu_schema::server::mirror::StartMirrorRequest;
use futures_util::StreamExt;

use crate::bed::{Bed, consumer, next, produce_through, read_values, values, within};
use crate::modules::{DROP, PASS, adhoc, by_name, module};
use crate::raw::ask;

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_met_as_the_table_says() {
    for feature in Feature::ALL {
        let bed = Bed::new().await;
        bed.topic("there", 1).await;
        bed.produce("there", &values(0, 0..3)).await;
        bed.admin.create("pass".to_owned(), false, pass()).await.expect("create module");
        let met = Box::pin(try_out(*feature, &bed)).await;
        assert_eq!(met, feature.support(), "{feature:?}: {}", feature.request());
    }
}

async fn try_out(feature: Feature, bed: &Bed) -> Support {
    let (sc, spu) = (bed.cluster.endpoint(), spu_address(bed).await);
    match feature {
        Feature::ScVersions => answered(&ask(&sc, ApiVersionsRequest::default()).await),
        Feature::SpuVersions => answered(&ask(&spu, ApiVersionsRequest::default()).await),
        Feature::CreateTopic => done(bed.admin.create("new".to_owned(), false, one_partition()).await),
        Feature::CreateReplicated => {
            done(bed.admin.create("new".to_owned(), false, TopicSpec::new_computed(1, 2, None)).await)
        }
        Feature::CreateMirrored => done(bed.admin.create("new".to_owned(), false, mirrored()).await),
        Feature::CreateDeduplicated => done(bed.admin.create("new".to_owned(), false, deduplicated()).await),
        Feature::CreateModule => done(bed.admin.create("new".to_owned(), false, pass()).await),
        Feature::CreateOther => done(bed.admin.create("new".to_owned(), false, SpuGroupSpec::default()).await),
        Feature::DeleteTopic => done(bed.admin.delete::<TopicSpec>("there").await),
        Feature::DeleteModule => done(bed.admin.delete::<SmartModuleSpec>("pass").await),
        Feature::DeleteOther => done(bed.admin.delete::<SpuGroupSpec>("some").await),
        Feature::ListObjects => {
            let counts = [
                bed.admin.all::<TopicSpec>().await.expect("topics").len(),
                bed.admin.all::<PartitionSpec>().await.expect("partitions").len(),
                bed.admin.all::<SmartModuleSpec>().await.expect("modules").len(),
                bed.admin.all::<SpuSpec>().await.expect("SPUs").len(),
                bed.admin.all::<CustomSpuSpec>().await.expect("custom SPUs").len(),
            ];
            if counts == [1; 5] { Support::Served } else { Support::Empty }
        }
        Feature::ListOther => {
            let counts = [
                bed.admin.all::<SpuGroupSpec>().await.expect("SPU groups").len(),
                bed.admin.all::<TableFormatSpec>().await.expect("table formats").len(),
                bed.admin.all::<MirrorSpec>().await.expect("mirrors").len(),
            ];
            if counts == [0; 3] { Support::Empty } else { Support::Served }
        }
        Feature::WatchObjects => {
            match within(bed.admin.watch::<SmartModuleSpec>().await.expect("watch").next()).await {
                Some(Ok(first)) if first.clone().inner().all.len() == 1 => Support::Served,
                _ => Support::Closed,
            }
        }
        Feature::WatchOther => match within(bed.admin.watch::<TableFormatSpec>().await.expect("watch").next()).await {
            Some(Ok(first)) if first.clone().inner().all.is_empty() => Support::Empty,
            _ => Support::Closed,
        },
        Feature::WatchUnknown => {
            let watch = WatchRequest::<CustomSpuSpec>::default();
            let version = ObjectApiWatchRequest::DEFAULT_API_VERSION;
            answered(&ask(&sc, ObjectApiWatchRequest::try_encode_from(watch, version).expect("encodes")).await)
        }
        Feature::AddPartition => {
            let more = UpdateTopicAction::AddPartition(AddPartition { count: 2 });
            let met = done(bed.admin.update::<TopicSpec>("there".to_owned(), more).await);
            assert_eq!(bed.admin.all::<PartitionSpec>().await.expect("list").len(), 3);
            bed.produce("there", &values(2, 0..5)).await;
            let mut stream = bed.open(&mut consumer("there", 2, 0)).await;
            assert_eq!(read_values(&mut stream, 5).await, values(2, 0..5));
            met
        }
        Feature::AddMirror => {
            let mirror = UpdateTopicAction::AddMirror(AddMirror::default());
            done(bed.admin.update::<TopicSpec>("there".to_owned(), mirror).await)
        }
        Feature::Mirroring => match ask(&sc, ObjectMirroringRequest::default()).await {
            Some(answer) => by_code(&answer.error_code),
            None => Support::Closed,
        },
        Feature::ScUnknown => answered(&ask(&sc, Unknown).await),
        Feature::SpuUnknown => answered(&ask(&spu, Unknown).await),
        Feature::Produce => done(Ok::<_, ()>(produce_through(&bed.producer("there").await, &values(0, 3..4)).await)),
        Feature::ProduceModules => {
            let through = async |passes: &str, numbers| {
                let mut config = TopicProducerConfigBuilder::default();
                let config = config.smartmodules(vec![adhoc(&module(passes))]).build().expect("configuration");
                let producer = bed.client.topic_producer_with_config("there", config).await.expect("producer");
                produce_through(&producer, &values(0, numbers)).await;
            };
            through(DROP, 10..20).await;
            through(PASS, 3..5).await;
            let mut stream = bed.open(&mut consumer("there", 0, 0)).await;
            assert_eq!(read_values(&mut stream, 5).await, values(0, 0..5));
            Support::Served
        }
        Feature::OldFetch => {
            let fetch_partitions = vec![FetchPartition::default()];
            let topics = vec![FetchableTopic { name: "there".to_owned(), fetch_partitions }];
            match ask(&spu, DefaultFetchRequest { topics, ..Default::default() }).await {
                Some(answer) => by_code(&answer.find_partition("there", 0).expect("as asked").error_code),
                None => Support::Closed,
            }
        }
        Feature::FetchOffsets => {
            let mut stream = bed.open(consumer("there", 0, 0).offset_start(Offset::from_end(1))).await;
            assert_eq!(read_values(&mut stream, 1).await, values(0, 2..3));
            Support::Served
        }
        Feature::Stream | Feature::UpdateOffsets => streamed(bed, vec![]).await,
        Feature::StreamModules => streamed(bed, vec![by_name("pass", &[("key", "value")]), adhoc(&module(PASS))]).await,
        Feature::StreamLookBack => {
            let params = SmartModuleExtraParams::new(Default::default(), Some(Lookback { last: 1, age: None }));
            streamed(bed, vec![SmartModuleInvocation { params, ..by_name("pass", &[]) }]).await
        }
        Feature::ConsumerOffsets => {
            assert!(bed.client.consumer_offsets().await.expect("list").is_empty());
            done(bed.client.delete_consumer_offset("nobody", ("there".to_owned(), 0)).await)
        }
        Feature::StartMirror => answered(&ask(&spu, StartMirrorRequest::default()).await),
    }
}

async fn streamed(bed: &Bed, chain: Vec<SmartModuleInvocation>) -> Support {
    let mut stream = bed.open(consumer("there", 0, 0).smartmodule(chain)).await;
    match next(&mut stream).await.expect("a record or an error") {
        Ok(first) => {
            assert_eq!(first.value(), values(0, 0..1)[0].as_slice());
            assert_eq!(read_values(&mut stream, 2).await, values(0, 1..3));
            Support::Served
        }
        Err(code) => by_code(&code),
    }
}

async fn spu_address(bed: &Bed) -> String {
    bed.admin.all::<SpuSpec>().await.expect("list")[0].spec.public_endpoint.addr()
}

fn answered<T>(answer: &Option<T>) -> Support {
    if answer.is_some() { Support::Served } else { Support::Closed }
}

fn done<T, E>(done: Result<T, E>) -> Support {
    if done.is_ok() { Support::Served } else { Support::Refused }
}

fn by_code(code: &ErrorCode) -> Support {
    assert!(code.to_string().contains("not served"), "{code}");
    Support::Refused
}

fn one_partition() -> TopicSpec {
    TopicSpec::new_computed(1, 1, None)
}

fn mirrored() -> TopicSpec {
    TopicSpec::new_mirror(MirrorConfig::Home(HomeMirrorConfig::from_simple("new", vec!["edge".to_owned()])))
}

fn deduplicated() -> TopicSpec {
    let transform = Transform { uses: "pass".to_owned(), with: Default::default() };
    let mut spec = one_partition();
    spec.set_deduplication(Some(Deduplication {
        bounds: Bounds { count: 10, age: None },
        filter: Filter { transform },
    }));
    spec
}

fn pass() -> SmartModuleSpec {
    let wasm = SmartModuleWasm::from_raw_wasm_bytes(module(PASS).as_bytes()).expect("gzip");
    SmartModuleSpec { wasm, ..Default::default() }
}

/// A request that no server knows.
#[derive(Debug, Default, fluvio_protocol::Encoder, fluvio_protocol::Decoder)]
struct Unknown;

impl Request for Unknown {
    const API_KEY: u16 = 9_999;
    type Response = Unknown;
}
