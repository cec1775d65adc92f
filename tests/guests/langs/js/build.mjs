// SPDX-License-Identifier: Apache-2.0
// node build.mjs spidermonkey|quickjs WIT WORLD OUT SOURCE...: one component from sources that are joined in their order.
// The packages are those of the folder it is run in.
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const [engine, wit, world, out, ...sources] = process.argv.slice(2);
const source = (await Promise.all(sources.map((file) => readFile(file, 'utf8')))).join('\n');
const load = (path) => import(pathToFileURL(`${process.cwd()}/node_modules/${path}`));

async function spidermonkey() {
  const { componentize } = await load('@bytecodealliance/componentize-js/src/componentize.js');
  return componentize(source, { witPath: wit, worldName: world });
}

async function quickjs() {
  const { componentize } = await load('componentize-qjs/index.js');
  return componentize({ witPath: wit, jsSource: source, world, sync: true, optSize: true });
}

const { component } = await { spidermonkey, quickjs }[engine]();
await writeFile(out, component);
