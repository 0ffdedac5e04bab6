//! Requests that change the catalog, and the status that answers them.

use fluvio_controlplane_metadata::smartmodule::SmartModuleSpec;
use fluvio_controlplane_metadata::topic::{TopicSpec, UpdateTopicAction};
use fluvio_protocol::link::ErrorCode;
use fluvio_sc_schema::objects::{
    CreateRequest, DeleteRequest, ObjectApiCreateRequest, ObjectApiDeleteRequest, ObjectApiUpdateRequest, UpdateRequest,
};
use fluvio_sc_schema::{Status, TryEncodableFrom};

use crate::catalog::{Catalog, CatalogError};
use crate::frame::ConnectionError;
use crate::support::Feature;

/// Creates a topic or SmartModule.
pub(super) fn create(request: &ObjectApiCreateRequest, catalog: &Catalog) -> Result<Status, ConnectionError> {
    if let Some(create) = downcast::<CreateRequest<TopicSpec>, _>(request)? {
        let (common, spec) = create.parts();
        let created = catalog.create_topic(&common.name, spec, common.dry_run);
        return Ok(status(common.name.clone(), created.map(|()| common.name)));
    }
    if let Some(create) = downcast::<CreateRequest<SmartModuleSpec>, _>(request)? {
        let (common, spec) = create.parts();
        let created = catalog.put_module(&common.name, spec);
        return Ok(status(common.name, created));
    }
    Ok(refused(Feature::CreateOther))
}

/// Deletes a topic or SmartModule.
pub(super) fn delete(request: &ObjectApiDeleteRequest, catalog: &Catalog) -> Result<Status, ConnectionError> {
    if let Some(delete) = downcast::<DeleteRequest<TopicSpec>, _>(request)? {
        let force = delete.is_force();
        let name = delete.key();
        let deleted = catalog.delete_topic(&name, force);
        return Ok(status(name.clone(), deleted.map(|()| name)));
    }
    if let Some(delete) = downcast::<DeleteRequest<SmartModuleSpec>, _>(request)? {
        let name = delete.key();
        let deleted = catalog.delete_module(&name);
        return Ok(status(name.clone(), deleted.map(|()| name)));
    }
    Ok(refused(Feature::DeleteOther))
}

/// Adds partitions to a topic.
pub(super) fn update(request: &ObjectApiUpdateRequest, catalog: &Catalog) -> Result<Status, ConnectionError> {
    let Some(update) = downcast::<UpdateRequest<TopicSpec>, _>(request)? else {
        return Ok(refused(Feature::AddMirror));
    };
    match update.action.clone() {
        UpdateTopicAction::AddPartition(more) => {
            let name = update.key();
            let added = catalog.add_partitions(&name, more.count);
            Ok(status(name.clone(), added.map(|()| name)))
        }
        UpdateTopicAction::AddMirror(_) => Ok(refused(Feature::AddMirror)),
    }
}

fn status(name: String, done: Result<String, CatalogError>) -> Status {
    match done {
        Ok(name) => Status::new_ok(name),
        Err(error) => {
            let text = match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            };
            Status::new(name, error.code(), Some(text))
        }
    }
}

fn refused(feature: Feature) -> Status {
    let text = feature.refusal();
    Status::new(String::new(), ErrorCode::Other(text.clone()), Some(text))
}

fn downcast<T, R: TryEncodableFrom<T>>(request: &R) -> Result<Option<T>, ConnectionError> {
    request.downcast().map_err(|source| ConnectionError::Object { source })
}
