//! The SmartModules as WebAssembly, built together with the programs that load them.

/// What a module does with each record, and under which name it exports that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One record becomes exactly one.
    Map,
    /// One record becomes one or none.
    FilterMap,
}

/// A SmartModule as a cluster stores it.
#[derive(Clone, Copy)]
pub struct Module {
    /// The name on the cluster, where modules are global: ours begin with `adx-` and end with the version of their rules.
    pub name: &'static str,
    pub kind: Kind,
    /// The compiled module, not compressed.
    pub wasm: &'static [u8],
    /// Its `SmartModule.toml`, which `smdk load` reads.
    pub package: &'static str,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?}, {} bytes)", self.name, self.kind, self.wasm.len())
    }
}

macro_rules! module {
    ($name:literal, $kind:ident, $file:literal) => {
        Module {
            name: $name,
            kind: Kind::$kind,
            wasm: include_bytes!(concat!(env!("ADX_SMARTMODULES_DIR"), "/adx_smartmodule_", $file, ".wasm")),
            package: include_str!(concat!("../../", $file, "/SmartModule.toml")),
        }
    };
}

/// Impressions: validate, standardise.
pub const IMPRESSIONS: Module = module!("adx-impressions-v1", Map, "impressions");
/// Clicks and conversions: validate, standardise.
pub const CLICKS: Module = module!("adx-clicks-v1", Map, "clicks");
/// Bid requests: validate, standardise.
pub const BIDS: Module = module!("adx-bids-v1", Map, "bids");
/// Marks what has been seen before.
pub const DEDUPE: Module = module!("adx-dedupe-v1", Map, "dedupe");
/// Filters standardised records for people.
pub const SELECT: Module = module!("adx-select-v1", FilterMap, "select");

/// All modules.
pub fn modules() -> [Module; 5] {
    [IMPRESSIONS, CLICKS, BIDS, DEDUPE, SELECT]
}
