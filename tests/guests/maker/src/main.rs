// SPDX-License-Identifier: Apache-2.0
// guest-maker: turns what compilers emit into components, with the official wit-component crates. A build tool of the
// test guests only: nothing of it is linked into Postern.
use std::{env, fs, process::ExitCode};

use anyhow::{Context, Result, bail};
use wasi_preview1_component_adapter_provider as adapter;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{ManglingAndAbi, PackageId, PackageMetadata, Resolve, WorldId};

const USAGE: &str = "usage: guest-maker COMMAND\n\
    \n  new CORE OUT              core module that names its world -> component (preview1 adapter added when needed)\
    \n  embed WIT WORLD CORE OUT  note a world in a core module\
    \n  dummy WIT WORLD OUT       component with every export of a world, each of them trapping\
    \n  docs WIT COMPONENT        add the comments of a WIT package (custom section package-docs)\
    \n  parse WAT OUT             text -> binary, without validation\n";

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {path}"))
}

fn write(path: &str, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {path}"))
}

fn select(wit: &str, world: &str) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _): (PackageId, _) = resolve.push_path(wit)?;
    let id = resolve.select_world(&[package], Some(world))?;
    Ok((resolve, id))
}

// Encodes; the adapter contributes nothing to a module that does not import preview1.
fn component(core: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(core)?
        .adapter(
            adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?
        .encode()
}

fn embed(wit: &str, world: &str, core: &mut Vec<u8>) -> Result<()> {
    let (resolve, id) = select(wit, world)?;
    embed_component_metadata(core, &resolve, id, StringEncoding::UTF8, false)
}

fn leb128(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

// Appends a custom section: id 0, size, name, contents. The licence line on top of a WIT file counts as the package's
// description: it is left out.
fn docs(wit: &str, component: &mut Vec<u8>) -> Result<()> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    resolve.packages[package].docs = Default::default();
    let contents = PackageMetadata::extract(&resolve, package).encode()?;
    let name = PackageMetadata::SECTION_NAME.as_bytes();
    let body = [leb128(name.len()), name.to_vec(), contents].concat();
    component.push(0);
    component.extend(leb128(body.len()));
    component.extend(body);
    Ok(())
}

fn dummy(wit: &str, world: &str) -> Result<Vec<u8>> {
    let (resolve, id) = select(wit, world)?;
    let mut core = wit_component::dummy_module(&resolve, id, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut core, &resolve, id, StringEncoding::UTF8, false)?;
    component(&core)
}

fn run(args: &[&str]) -> Result<()> {
    match args {
        ["new", core, out] => write(out, &component(&read(core)?)?),
        ["embed", wit, world, core, out] => {
            let mut bytes = read(core)?;
            embed(wit, world, &mut bytes)?;
            write(out, &bytes)
        }
        ["docs", wit, file] => {
            let mut bytes = read(file)?;
            docs(wit, &mut bytes)?;
            write(file, &bytes)
        }
        ["dummy", wit, world, out] => write(out, &dummy(wit, world)?),
        ["parse", text, out] => write(out, &wat::parse_file(text)?),
        _ => bail!("{USAGE}"),
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("guest-maker: {error:#}");
            ExitCode::FAILURE
        }
    }
}
