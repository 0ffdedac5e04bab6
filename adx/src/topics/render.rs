//! The topics and SmartModules as files for the stock tools: `fluvio topic create --config`, `fluvio smartmodule create --wasm-file`, `smdk load`.

use std::path::{Path, PathBuf};

use adx_smartmodules::Module;
use anyhow::Context;

use super::declared::Declaration;

/// Writes `topics/NAME.yaml`, and for each module a directory that `smdk load` takes for a package. Returns the files, in order.
pub fn render(declaration: &Declaration, modules: &[Module], out: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (name, document) in declaration.documents() {
        let yaml = serde_yaml::to_string(document).with_context(|| format!("render topic {name}"))?;
        files.push((out.join("topics").join(format!("{name}.yaml")), yaml.into_bytes()));
    }
    for module in modules {
        let package = out.join("smartmodules").join(module.name);
        files.push((package.join("SmartModule.toml"), module.package.as_bytes().to_vec()));
        files.push((package.join("Cargo.toml"), manifest(module).into_bytes()));
        files.push((package.join(format!("{}.wasm", module.name)), module.wasm.to_vec()));
    }
    files.into_iter().map(|(path, bytes)| write(&path, &bytes).map(|()| path)).collect()
}

/// `smdk` finds a package by its manifest, even where it has nothing to build.
fn manifest(module: &Module) -> String {
    let name = module.name;
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "# For `smdk load --wasm-file {name}.wasm`, which wants a package around it; there is nothing to build.\n[package]\nname = \"{name}\"\n\
         version = \"{version}\"\nedition = \"2024\"\n\n[lib]\npath = \"none.rs\"\ncrate-type = [\"cdylib\"]\n\n[workspace]\n"
    )
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let wrote = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, bytes));
    wrote.with_context(|| format!("write {}: name a directory with --out that can be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluvio_controlplane_metadata::topic::TopicSpec;
    use fluvio_controlplane_metadata::topic::config::TopicConfig;

    #[test]
    fn every_topic_reads_back_as_fluvio_reads_it() {
        let (out, declaration) = (tempfile::tempdir().unwrap(), Declaration::read(None).unwrap());
        let modules = adx_smartmodules::modules();
        let files = render(&declaration, &modules, out.path()).unwrap();
        assert_eq!(files.len(), declaration.topics().len() + 3 * modules.len());
        for topic in declaration.topics() {
            let config =
                TopicConfig::from_file(out.path().join("topics").join(format!("{}.yaml", topic.name))).unwrap();
            assert_eq!(config.meta.name, topic.name);
            assert_eq!(TopicSpec::from(config), topic.spec);
        }
        for module in modules {
            let package = out.path().join("smartmodules").join(module.name);
            assert_eq!(std::fs::read(package.join(format!("{}.wasm", module.name))).unwrap(), module.wasm);
            assert_eq!(std::fs::read_to_string(package.join("SmartModule.toml")).unwrap(), module.package);
        }
    }
}
