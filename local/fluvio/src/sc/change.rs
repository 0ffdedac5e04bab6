//! Requests that change the catalog, and the status that answers them.

use fluvio_controlplane_metadata::smartmodule::SmartModuleSpec;
use fluvio_controlplane_metadata::topic::TopicSpec;
use fluvio_protocol::link::ErrorCode;
use fluvio_sc_schema::objects::{
    CreateRequest, DeleteRequest, ObjectApiCreateRequest, ObjectApiDeleteRequest, ObjectApiUpdateRequest,
};
use fluvio_sc_schema::{Status, TryEncodableFrom};

use crate::catalog::{Catalog, CatalogError};
use crate::frame::ConnectionError;

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
    Ok(unsupported("creating other objects than topics and SmartModules"))
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
    Ok(unsupported("deleting other objects than topics and SmartModules"))
}

/// Nothing can be updated in place.
pub(super) fn update(_request: &ObjectApiUpdateRequest) -> Status {
    unsupported("updating objects")
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

fn unsupported(what: &str) -> Status {
    let text = format!("{what} is not served by the local stand-in");
    Status::new(String::new(), ErrorCode::Other(text.clone()), Some(text))
}

fn downcast<T, R: TryEncodableFrom<T>>(request: &R) -> Result<Option<T>, ConnectionError> {
    request.downcast().map_err(|source| ConnectionError::Object { source })
}
