//! Each module's `SmartModule.toml` says what its crate and its name on the cluster say.

use adx_smartmodules::{SELECT, modules};
use fluvio_controlplane_metadata::smartmodule::{SmartModuleMetadata, SmartModulePackageKey};

#[test]
fn a_package_has_the_name_and_version_of_its_module() {
    for module in modules() {
        let metadata: SmartModuleMetadata = toml::from_str(module.package).unwrap_or_else(|error| panic!("{error}"));
        let package = &metadata.package;
        assert!(package.is_valid());
        assert_eq!((package.name.as_str(), package.group.as_str()), (module.name, "advertisex"));
        // The members of the workspace share one version.
        assert_eq!(package.version.to_string(), env!("CARGO_PKG_VERSION"), "{}", module.name);
        // Loaded by `smdk`, it is stored under another key; a chain that names it as ever must find it.
        let wanted = SmartModulePackageKey::from_qualified_name(module.name).unwrap();
        assert!(wanted.is_match(&metadata.store_id(), Some(package)));
    }
}

#[test]
fn parameters_are_optional_and_described() {
    for module in modules() {
        let metadata: SmartModuleMetadata = toml::from_str(module.package).unwrap();
        let names = module.package.lines().filter_map(|line| line.strip_prefix("name = \""));
        for name in names.skip(1).map(|name| name.trim_end_matches('"')) {
            let param = metadata.params.get_param(name).unwrap_or_else(|| panic!("{}: {name}", module.name));
            assert!(param.optional && param.description.is_some(), "{}: {name}", module.name);
        }
    }
    assert_eq!(toml::from_str::<SmartModuleMetadata>(SELECT.package).unwrap().params.len(), 7);
}
