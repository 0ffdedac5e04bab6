//! `cargo xtask …`: what people and CI do with this workspace; every command does its own set-up.

mod bench;
mod checks;
mod demo;
mod setup;
#[path = "../../smartmodules/bundle/wasm_target.rs"]
mod wasm_target;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const USAGE: &str = "usage: cargo xtask COMMAND

  setup           bring what building the SmartModules and the tests need, where it is missing
  test            set-up, format, lints and every test
  demo            set-up, build, and generated traffic through the whole pipeline
  build           set-up, and build everything; `adx` is then target/debug/adx
  bench [ROW …]   set-up, build, and one table of how fast every part and the whole is (--help says more)
  soak            the long form of the tests (hours)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("", &[][..]), |(command, rest)| (command.as_str(), rest));
    let done = Workspace::find().and_then(|workspace| match (command, rest) {
        ("setup", []) => setup::run().map(|()| setup::test_tools(&workspace)).map(|()| ExitCode::SUCCESS),
        ("test", []) => checks::run_all(&workspace).map(|()| ExitCode::SUCCESS),
        ("demo", []) => demo::demo(&workspace),
        ("build", []) => demo::build(&workspace).map(|()| ExitCode::SUCCESS),
        ("bench", args) => bench::bench(&workspace, args),
        ("soak", []) => checks::soak(&workspace).map(|()| ExitCode::SUCCESS),
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    });
    done.unwrap_or_else(|err| {
        eprintln!("error: {err:#}");
        ExitCode::FAILURE
    })
}
