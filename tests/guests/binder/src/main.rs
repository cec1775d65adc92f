// SPDX-License-Identifier: Apache-2.0
// guest-binder: writes C or Go bindings of a world, with the official wit-bindgen crates. A build tool of the test
// guests only.
use std::{env, fs, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use wit_bindgen_core::{
    Files, WorldGenerator,
    wit_parser::Resolve,
};

fn generator(language: &str) -> Result<Box<dyn WorldGenerator>> {
    match language {
        "c" => Ok(wit_bindgen_c::Opts::default().build()),
        "go" => Ok(wit_bindgen_go::Opts::default().build()),
        other => bail!("unknown language {other}: c or go"),
    }
}

fn run(args: &[String]) -> Result<()> {
    let [language, wit, world, out] = args else {
        bail!("usage: guest-binder c|go WIT WORLD DIRECTORY");
    };
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let id = resolve.select_world(&[package], Some(world))?;
    let mut files = Files::default();
    generator(language)?.generate(&mut resolve, id, &mut files)?;
    for (name, bytes) in files.iter() {
        let path = Path::new(out).join(name);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("guest-binder: {error:#}");
            ExitCode::FAILURE
        }
    }
}
