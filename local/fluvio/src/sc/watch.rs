//! Watches on one connection: everything at first, then what changed since.

use std::collections::BTreeMap;

use fluvio_controlplane_metadata::message::Message;
use fluvio_controlplane_metadata::partition::PartitionSpec;
use fluvio_controlplane_metadata::smartmodule::SmartModuleSpec;
use fluvio_controlplane_metadata::spg::SpuGroupSpec;
use fluvio_controlplane_metadata::spu::SpuSpec;
use fluvio_controlplane_metadata::tableformat::TableFormatSpec;
use fluvio_controlplane_metadata::topic::TopicSpec;
use fluvio_protocol::api::{RequestHeader, RequestMessage};
use fluvio_protocol::{Decoder, Encoder};
use fluvio_sc_schema::TryEncodableFrom;
use fluvio_sc_schema::objects::{
    Metadata, MetadataUpdate, ObjectApiWatchRequest, ObjectApiWatchResponse, WatchRequest, WatchResponse,
};

use super::objects::Shown;
use crate::catalog::Catalog;
use crate::frame::{ConnectionError, Responses};
use crate::support::Feature;

/// A client opens six.
const WATCHES_MAX: usize = 64;

/// The watches of one connection.
#[derive(Default)]
pub(super) struct Watches {
    open: Vec<Box<dyn Watching>>,
}

impl Watches {
    /// Starts the watch that `request` asks for; its first message comes with the next [`Watches::tell_changes`].
    pub(super) fn add(&mut self, request: RequestMessage<ObjectApiWatchRequest>) -> Result<(), ConnectionError> {
        if self.open.len() == WATCHES_MAX {
            return Err(ConnectionError::TooMany { what: "watches", max: WATCHES_MAX });
        }
        let watch = watch(&request).map_err(|source| ConnectionError::Object { source })?;
        let unsupported = ConnectionError::Unsupported { what: Feature::WatchUnknown.request() };
        self.open.push(watch.ok_or(unsupported)?);
        // A client takes a topic for usable when it knows the topic's partitions, so those go first.
        self.open.sort_by_key(|watch| watch.rank());
        Ok(())
    }

    /// Whether anything is watched.
    pub(super) fn any(&self) -> bool {
        !self.open.is_empty()
    }

    /// Sends what each watch has not heard yet.
    pub(super) async fn tell_changes(&mut self, catalog: &Catalog, out: &Responses) -> Result<(), ConnectionError> {
        for watch in &mut self.open {
            let news = watch.news(catalog).map_err(|source| ConnectionError::Object { source })?;
            if let Some(news) = news {
                out.send(watch.header(), news).await?;
            }
        }
        Ok(())
    }
}

fn watch(request: &RequestMessage<ObjectApiWatchRequest>) -> anyhow::Result<Option<Box<dyn Watching>>> {
    let kinds = [
        Watch::<SpuSpec>::open,
        Watch::<PartitionSpec>::open,
        Watch::<TopicSpec>::open,
        Watch::<SmartModuleSpec>::open,
        Watch::<SpuGroupSpec>::open,
        Watch::<TableFormatSpec>::open,
    ];
    for (rank, open) in kinds.into_iter().enumerate() {
        if let Some(watch) = open(request, rank)? {
            return Ok(Some(watch));
        }
    }
    Ok(None)
}

trait Watching: Send {
    fn header(&self) -> &RequestHeader;
    fn rank(&self) -> usize;
    fn news(&mut self, catalog: &Catalog) -> anyhow::Result<Option<ObjectApiWatchResponse>>;
}

struct Watch<S>
where
    S: Shown,
    S::Status: Encoder + Decoder,
{
    header: RequestHeader,
    rank: usize,
    summary: bool,
    messages: i64,
    told: BTreeMap<String, Metadata<S>>,
}

impl<S> Watch<S>
where
    S: Shown,
    S::Status: Encoder + Decoder,
{
    fn open(request: &RequestMessage<ObjectApiWatchRequest>, rank: usize) -> anyhow::Result<Option<Box<dyn Watching>>> {
        let Some(wanted) = TryEncodableFrom::<WatchRequest<S>>::downcast(&request.request)? else { return Ok(None) };
        let (header, summary) = (request.header.clone(), wanted.summary);
        Ok(Some(Box::new(Watch::<S> { header, rank, summary, messages: 0, told: BTreeMap::new() })))
    }

    fn now(&self, catalog: &Catalog) -> BTreeMap<String, Metadata<S>> {
        let shown = |object: Metadata<S>| if self.summary { object.summary() } else { object };
        S::all(catalog).into_iter().map(shown).map(|object| (object.name.clone(), object)).collect()
    }
}

impl<S> Watching for Watch<S>
where
    S: Shown,
    S::Status: Encoder + Decoder,
{
    fn header(&self) -> &RequestHeader {
        &self.header
    }

    fn rank(&self) -> usize {
        self.rank
    }

    fn news(&mut self, catalog: &Catalog) -> anyhow::Result<Option<ObjectApiWatchResponse>> {
        let now = self.now(catalog);
        let update = if self.messages == 0 {
            MetadataUpdate::with_all(1, now.values().cloned().collect())
        } else {
            MetadataUpdate::with_changes(self.messages + 1, changes(&self.told, &now))
        };
        self.told = now;
        if self.messages > 0 && update.changes.is_empty() {
            return Ok(None);
        }
        self.messages += 1;
        ObjectApiWatchResponse::try_encode_from(WatchResponse::new(update), self.header.api_version()).map(Some)
    }
}

fn changes<S>(before: &BTreeMap<String, Metadata<S>>, now: &BTreeMap<String, Metadata<S>>) -> Vec<Message<Metadata<S>>>
where
    S: Shown,
    S::Status: Encoder + Decoder,
{
    let same = |old: &Metadata<S>, new: &Metadata<S>| old.spec == new.spec && old.status == new.status;
    let new_or_other = now.iter().filter(|(name, new)| !before.get(*name).is_some_and(|old| same(old, new)));
    let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
    let updates = new_or_other.map(|(_, object)| Message::update(object.clone()));
    updates.chain(gone.map(|(_, object)| Message::delete(object.clone()))).collect()
}
