//! SmartModules as WebAssembly text, which Fluvio's engine compiles too, and how they are asked for.
//!
//! A module gets a batch as base offset (8 bytes), length (4), the encoded records, base timestamp (8), and gives back
//! encoded records and a byte for "no error": so the input's own records with one byte changed are a whole output.

use std::collections::BTreeMap;

use fluvio::{SmartModuleExtraParams, SmartModuleInvocation, SmartModuleInvocationWasm, SmartModuleKind};

/// Lets every record through as it is.
pub const PASS: &str = "(i32.const 1)";
/// Lets no record through.
pub const DROP: &str = "(i32.const 0)";
/// Lets only batches through that begin at offset 10 or later.
pub const FROM_TEN: &str = "(i64.ge_u (global.get $base) (i64.const 10))";
/// Of batches of ten each lets the first, the third and so on through.
pub const EVERY_OTHER_TEN: &str = "(i64.eqz (i64.rem_u (i64.div_u (global.get $base) (i64.const 10)) (i64.const 2)))";
/// Lets everything through if it was started with exactly one parameter.
pub const WITH_ONE_PARAMETER: &str = "(i32.eq (global.get $parameters) (i32.const 1))";
/// Traps on batches that begin at offset 10 or later.
pub const TRAP_FROM_TEN: &str = "(if (result i32) (i64.ge_u (global.get $base) (i64.const 10))
    (then unreachable) (else (i32.const 1)))";

/// A `filter` module that passes a whole batch on where the expression `passes` is not 0; it may look at `$base`, the batch's
/// offset, and `$parameters`, their number.
pub fn module(passes: &str) -> String {
    format!(
        r#"(module
  (import "env" "copy_records" (func $copy (param i32 i32)))
  (memory (export "memory") 1)
  (global $parameters (mut i32) (i32.const -1))
  (global $base (mut i64) (i64.const 0))
  (func (export "alloc") (param $len i32) (result i32) (local $more i32)
    (local.set $more (i32.sub
      (i32.shr_u (i32.add (local.get $len) (i32.const 131072)) (i32.const 16)) (memory.size)))
    (if (i32.gt_s (local.get $more) (i32.const 0))
      (then (if (i32.lt_s (memory.grow (local.get $more)) (i32.const 0)) (then unreachable))))
    (i32.const 1024))
  (func $byte (param $at i32) (result i32) (i32.load8_u (local.get $at)))
  (func $be32 (param $at i32) (result i32)
    (i32.or
      (i32.or (i32.shl (call $byte (local.get $at)) (i32.const 24))
              (i32.shl (call $byte (i32.add (local.get $at) (i32.const 1))) (i32.const 16)))
      (i32.or (i32.shl (call $byte (i32.add (local.get $at) (i32.const 2))) (i32.const 8))
              (call $byte (i32.add (local.get $at) (i32.const 3))))))
  (func (export "init") (param $ptr i32) (param $len i32) (param $version i32) (result i32)
    (global.set $parameters (i32.load8_u offset=1 (local.get $ptr)))
    (i32.const 0))
  (func (export "filter") (param $ptr i32) (param $len i32) (param $version i32) (result i32) (local $raw i32)
    (global.set $base (i64.extend_i32_u (call $be32 (i32.add (local.get $ptr) (i32.const 4)))))
    (local.set $raw (call $be32 (i32.add (local.get $ptr) (i32.const 8))))
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
pub fn adhoc(passes: &str, parameters: &[(&str, &str)]) -> SmartModuleInvocation {
    let wasm = SmartModuleInvocationWasm::adhoc_from_bytes(module(passes).as_bytes()).unwrap();
    invocation(wasm, parameters)
}

/// The module that the cluster knows as `name`.
pub fn by_name(name: &str, parameters: &[(&str, &str)]) -> SmartModuleInvocation {
    invocation(SmartModuleInvocationWasm::Predefined(name.to_owned()), parameters)
}

fn invocation(wasm: SmartModuleInvocationWasm, parameters: &[(&str, &str)]) -> SmartModuleInvocation {
    let parameters: BTreeMap<_, _> =
        parameters.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    SmartModuleInvocation {
        wasm,
        kind: SmartModuleKind::Generic(Default::default()),
        params: SmartModuleExtraParams::from(parameters),
        ..Default::default()
    }
}
