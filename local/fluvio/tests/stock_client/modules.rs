//! SmartModules as WebAssembly text, which the engine compiles too.
//!
//! A module gets a batch as base offset (8 bytes), length (4), the encoded records, base timestamp (8), and gives back
//! encoded records and a byte for "no error": so the input's own records with one byte changed are a whole output.

use std::collections::BTreeMap;

use fluvio::consumer::SmartModuleExtraParams;
use fluvio::consumer::{SmartModuleInvocation, SmartModuleInvocationWasm, SmartModuleKind};

/// Lets every record through as it is.
pub const PASS: &str = "(i32.const 1)";
/// Lets no record through.
pub const DROP: &str = "(i32.const 0)";
/// Lets only batches through that begin at offset 10 or later.
pub const FROM_TEN: &str = "(i32.ge_u (i32.load8_u offset=7 (local.get $ptr)) (i32.const 10))";
/// Lets everything through if it was started with exactly one parameter.
pub const WITH_ONE_PARAMETER: &str = "(i32.eq (global.get $parameters) (i32.const 1))";
/// Traps on batches that begin at offset 10 or later.
pub const TRAP_FROM_TEN: &str = "(if (result i32) (i32.ge_u (i32.load8_u offset=7 (local.get $ptr)) (i32.const 10))
    (then unreachable) (else (i32.const 1)))";

/// A `filter` module that passes a whole batch on where the expression `passes` over `$ptr` is not 0.
pub fn module(passes: &str) -> String {
    format!(
        r#"(module
  (import "env" "copy_records" (func $copy (param i32 i32)))
  (memory (export "memory") 1)
  (global $parameters (mut i32) (i32.const -1))
  (func (export "alloc") (param $len i32) (result i32) (local $more i32)
    (local.set $more (i32.sub
      (i32.shr_u (i32.add (local.get $len) (i32.const 131072)) (i32.const 16)) (memory.size)))
    (if (i32.gt_s (local.get $more) (i32.const 0))
      (then (if (i32.lt_s (memory.grow (local.get $more)) (i32.const 0)) (then unreachable))))
    (i32.const 1024))
  (func (export "init") (param $ptr i32) (param $len i32) (param $version i32) (result i32)
    (global.set $parameters (i32.load8_u offset=1 (local.get $ptr)))
    (i32.const 0))
  (func (export "filter") (param $ptr i32) (param $len i32) (param $version i32) (result i32) (local $raw i32)
    (local.set $raw (i32.or
      (i32.or (i32.shl (i32.load8_u offset=8 (local.get $ptr)) (i32.const 24))
              (i32.shl (i32.load8_u offset=9 (local.get $ptr)) (i32.const 16)))
      (i32.or (i32.shl (i32.load8_u offset=10 (local.get $ptr)) (i32.const 8))
              (i32.load8_u offset=11 (local.get $ptr)))))
    (if {passes}
      (then
        (i32.store8 offset=12 (i32.add (local.get $ptr) (local.get $raw)) (i32.const 0))
        (call $copy (i32.add (local.get $ptr) (i32.const 12)) (i32.add (local.get $raw) (i32.const 1))))
      (else
        (i64.store (i32.const 0) (i64.const 0))
        (call $copy (i32.const 0) (i32.const 5))))
    (i32.const 0)))"#
    )
}

/// The module as part of the request.
pub fn adhoc(wat: &str) -> SmartModuleInvocation {
    let wasm = SmartModuleInvocationWasm::adhoc_from_bytes(wat.as_bytes()).expect("gzip");
    SmartModuleInvocation { wasm, kind: SmartModuleKind::Generic(Default::default()), ..Default::default() }
}

/// The module that the cluster knows as `name`, with parameters.
pub fn by_name(name: &str, parameters: &[(&str, &str)]) -> SmartModuleInvocation {
    let parameters: BTreeMap<_, _> =
        parameters.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    SmartModuleInvocation {
        wasm: SmartModuleInvocationWasm::Predefined(name.to_owned()),
        kind: SmartModuleKind::Generic(Default::default()),
        params: SmartModuleExtraParams::from(parameters),
        ..Default::default()
    }
}
