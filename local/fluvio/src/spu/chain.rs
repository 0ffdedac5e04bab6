//! Builds the SmartModule chain of one stream or of one produce request's partition.

use std::sync::Arc;

use fluvio_protocol::link::ErrorCode;
use fluvio_smartengine::{
    EngineError, Lookback, SmartModuleChainBuilder, SmartModuleChainInstance, SmartModuleConfig, SmartModuleInitialData,
};
use fluvio_spu_schema::server::smartmodule::{
    SmartModuleContextData, SmartModuleInvocation, SmartModuleInvocationWasm, SmartModuleKind,
};

use super::Node;
use crate::support::Feature;

/// Compiles and starts the chain; `None` where no module is asked for.
pub(super) async fn build(
    invocations: Vec<SmartModuleInvocation>,
    version: i16,
    node: &Arc<Node>,
) -> Result<Option<SmartModuleChainInstance>, ErrorCode> {
    if invocations.is_empty() {
        return Ok(None);
    }
    let Ok(_turn) = node.compiling.acquire().await else { return Err(ErrorCode::SpuError) };
    let node = Arc::clone(node);
    let built = tokio::task::spawn_blocking(move || initialize(invocations, version, &node)).await;
    built.unwrap_or_else(|panic| Err(ErrorCode::SmartModuleChainInitError(panic.to_string()))).map(Some)
}

fn initialize(
    invocations: Vec<SmartModuleInvocation>,
    version: i16,
    node: &Node,
) -> Result<SmartModuleChainInstance, ErrorCode> {
    let mut builder = SmartModuleChainBuilder::default();
    builder.set_store_memory_limit(node.max_bytes_chain);
    for invocation in invocations {
        let (name, wasm) = code(&invocation, node)?;
        builder.add_smart_module(config(invocation, name, version)?, wasm);
    }
    builder.initialize(&node.engine).map_err(|error| match error.downcast_ref() {
        Some(EngineError::StoreMemoryExceeded { requested, max, .. }) => {
            ErrorCode::SmartModuleMemoryLimitExceeded { requested: *requested as u64, max: *max as u64 }
        }
        _ => ErrorCode::SmartModuleChainInitError(error.to_string()),
    })
}

/// The name and the code, from the catalog or from the request itself.
fn code(invocation: &SmartModuleInvocation, node: &Node) -> Result<(String, Vec<u8>), ErrorCode> {
    let (name, gzipped) = match &invocation.wasm {
        SmartModuleInvocationWasm::Predefined(name) => {
            let stored = node.catalog.module_payload(name).map_err(|error| error.code())?;
            (name.clone(), SmartModuleInvocationWasm::AdHoc(stored))
        }
        adhoc @ SmartModuleInvocationWasm::AdHoc(_) => (invocation.name.clone().unwrap_or_default(), adhoc.clone()),
    };
    let wasm = gzipped.into_raw().map_err(|error| invalid(error.to_string(), &name))?;
    Ok((name, wasm))
}

fn config(invocation: SmartModuleInvocation, name: String, version: i16) -> Result<SmartModuleConfig, ErrorCode> {
    let initial = match invocation.kind {
        SmartModuleKind::Aggregate { accumulator }
        | SmartModuleKind::Generic(SmartModuleContextData::Aggregate { accumulator }) => {
            SmartModuleInitialData::with_aggregate(accumulator)
        }
        _ => SmartModuleInitialData::default(),
    };
    let lookback = invocation.params.lookback().map(Lookback::from);
    if lookback.is_some() {
        return Err(invalid(Feature::StreamLookBack.refusal(), &name));
    }
    SmartModuleConfig::builder()
        .smartmodule_names(vec![name.clone()])
        .params(invocation.params)
        .version(version)
        .initial_data(initial)
        .build()
        .map_err(|error| invalid(error.to_string(), &name))
}

fn invalid(error: String, name: &str) -> ErrorCode {
    ErrorCode::SmartModuleInvalid { error, name: Some(name.to_owned()) }
}
