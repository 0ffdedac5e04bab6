//! The catalog's objects in the shape in which an SC shows them, and lists of them.

use fluvio_controlplane_metadata::partition::{PartitionResolution, PartitionSpec, PartitionStatus, ReplicaStatus};
use fluvio_controlplane_metadata::smartmodule::{SmartModulePackageKey, SmartModuleSpec};
use fluvio_controlplane_metadata::spg::SpuGroupSpec;
use fluvio_controlplane_metadata::spu::{CustomSpuSpec, SpuSpec, SpuStatus};
use fluvio_controlplane_metadata::store::KeyFilter;
use fluvio_controlplane_metadata::tableformat::TableFormatSpec;
use fluvio_controlplane_metadata::topic::{TopicResolution, TopicSpec, TopicStatus};
use fluvio_protocol::{Decoder, Encoder};
use fluvio_sc_schema::mirror::MirrorSpec;
use fluvio_sc_schema::objects::{
    ListFilter, ListFilters, ListRequest, ListResponse, Metadata, ObjectApiListRequest, ObjectApiListResponse,
};
use fluvio_sc_schema::{AdminSpec, TryEncodableFrom};

use crate::SPU_ID;
use crate::catalog::{Catalog, Partition, Topic};
use crate::frame::ConnectionError;

/// An object kind that can be listed and watched.
pub(super) trait Shown: AdminSpec
where
    Self::Status: Encoder + Decoder,
{
    /// Every object of the kind, by name.
    fn all(catalog: &Catalog) -> Vec<Metadata<Self>>;
    /// Whether it belongs to the cluster itself.
    fn is_system(&self) -> bool {
        false
    }
}

impl Shown for TopicSpec {
    fn all(catalog: &Catalog) -> Vec<Metadata<Self>> {
        let shown = |(name, topic): (String, Topic)| {
            let replicas = topic.partitions.iter().map(|_| vec![SPU_ID]).collect();
            let status = TopicStatus::new(TopicResolution::Provisioned, replicas, "");
            Metadata { name, spec: topic.spec, status }
        };
        catalog.topics().into_iter().map(shown).collect()
    }
    fn is_system(&self) -> bool {
        TopicSpec::is_system(self)
    }
}

impl Shown for PartitionSpec {
    fn all(catalog: &Catalog) -> Vec<Metadata<Self>> {
        let of_topic = |(_, topic): (String, Topic)| {
            let spec = PartitionSpec::from_replicas(vec![SPU_ID], &topic.spec, None);
            let shown = |partition: &Partition| Metadata {
                name: partition.key.to_string(),
                spec: spec.clone(),
                status: partition_status(partition),
            };
            topic.partitions.iter().map(|partition| shown(partition)).collect::<Vec<_>>()
        };
        catalog.topics().into_iter().flat_map(of_topic).collect()
    }
    fn is_system(&self) -> bool {
        self.system
    }
}

fn partition_status(partition: &Partition) -> PartitionStatus {
    let next = partition.log.next();
    let leader = ReplicaStatus::new(SPU_ID, next, next);
    let size = i64::try_from(partition.log.bytes()).unwrap_or(i64::MAX);
    PartitionStatus::new2(leader, Vec::new(), size, PartitionResolution::Online, partition.log.start())
}

impl Shown for SpuSpec {
    fn all(catalog: &Catalog) -> Vec<Metadata<Self>> {
        vec![Metadata { name: format!("custom-spu-{SPU_ID}"), spec: catalog.spu().clone(), status: online() }]
    }
}

impl Shown for CustomSpuSpec {
    fn all(catalog: &Catalog) -> Vec<Metadata<Self>> {
        vec![Metadata { name: format!("custom-spu-{SPU_ID}"), spec: catalog.spu().clone().into(), status: online() }]
    }
}

fn online() -> SpuStatus {
    let mut status = SpuStatus::default();
    status.set_online();
    status
}

impl Shown for SmartModuleSpec {
    fn all(catalog: &Catalog) -> Vec<Metadata<Self>> {
        let shown = |(name, spec)| Metadata { name, spec, status: Default::default() };
        catalog.modules().into_iter().map(shown).collect()
    }
}

macro_rules! shown_without_objects {
    ($($spec:ty),*) => {$(
        impl Shown for $spec {
            fn all(_catalog: &Catalog) -> Vec<Metadata<Self>> {
                Vec::new()
            }
        }
    )*};
}
shown_without_objects!(SpuGroupSpec, TableFormatSpec, MirrorSpec);

/// Answers a list request; `Unsupported` for kinds no SC knows.
pub(super) fn list(
    request: &ObjectApiListRequest,
    version: i16,
    catalog: &Catalog,
) -> Result<ObjectApiListResponse, ConnectionError> {
    let answers = [
        list_if::<TopicSpec>,
        list_if::<PartitionSpec>,
        list_if::<SpuSpec>,
        list_if::<CustomSpuSpec>,
        list_modules_if,
        list_if::<SpuGroupSpec>,
        list_if::<TableFormatSpec>,
        list_if::<MirrorSpec>,
    ];
    for answer in answers {
        let answered = answer(request, version, catalog).map_err(|source| ConnectionError::Object { source })?;
        if let Some(response) = answered {
            return Ok(response);
        }
    }
    Err(ConnectionError::Unsupported { what: "listing this kind of object" })
}

fn list_if<S>(
    request: &ObjectApiListRequest,
    version: i16,
    catalog: &Catalog,
) -> anyhow::Result<Option<ObjectApiListResponse>>
where
    S: Shown,
    S::Status: Encoder + Decoder,
{
    let Some(request) = TryEncodableFrom::<ListRequest<S>>::downcast(request)? else { return Ok(None) };
    let mut found = S::all(catalog);
    found.retain(|object| object.spec.is_system() == request.system && request.name_filters.filter(&object.name));
    respond(found, version).map(Some)
}

/// SmartModules are found by plain or qualified name, and on wish without their code.
fn list_modules_if(
    request: &ObjectApiListRequest,
    version: i16,
    catalog: &Catalog,
) -> anyhow::Result<Option<ObjectApiListResponse>> {
    let Some(request) = TryEncodableFrom::<ListRequest<SmartModuleSpec>>::downcast(request)? else { return Ok(None) };
    let wanted = module_keys(request.name_filters)?;
    let mut found = SmartModuleSpec::all(catalog);
    found.retain(|object| {
        let package = object.spec.meta.as_ref().map(|meta| &meta.package);
        wanted.is_empty() || wanted.iter().any(|key| key.is_match(&object.name, package))
    });
    if request.summary {
        found = found.into_iter().map(Metadata::summary).collect();
    }
    respond(found, version).map(Some)
}

fn module_keys(filters: ListFilters) -> anyhow::Result<Vec<SmartModulePackageKey>> {
    let filters: Vec<ListFilter> = filters.into();
    filters.iter().map(|filter| Ok(SmartModulePackageKey::from_qualified_name(&filter.name)?)).collect()
}

fn respond<S>(found: Vec<Metadata<S>>, version: i16) -> anyhow::Result<ObjectApiListResponse>
where
    S: Shown,
    S::Status: Encoder + Decoder,
{
    ObjectApiListResponse::try_encode_from(ListResponse::new(found), version)
}
