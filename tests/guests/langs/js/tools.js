// SPDX-License-Identifier: Apache-2.0
// The guest in JavaScript: greet and files. Built twice: alone for QuickJS (its builder cannot import wasi:http), and
// with web.js behind it for SpiderMonkey.
import { getDirectories } from 'wasi:filesystem/preopens@0.2.12';
import { getEnvironment } from 'wasi:cli/environment@0.2.12';

// 64-bit values are BigInt in SpiderMonkey guests and numbers in QuickJS guests; only the former have fetch().
const u64 = globalThis.fetch ? BigInt : Number;

export const greet = {
  greet: (name) => `Hello, ${name}!`,
  add: (a, b) => (a + b) | 0,
  describe({ name, age, tags }, how) {
    if (name === '') throw 'no name';
    let text = name;
    if (age !== undefined && age !== null) text += ` (${age})`;
    if (tags.length > 0) text += ` [${tags.join(', ')}]`;
    if (how === 'loud') return text.replace(/[a-z]/g, (c) => c.toUpperCase());
    return how === 'glad' ? text + '!' : text;
  },
  spin() {
    for (;;);
  },
};

// The granted directory that holds a path, and the path inside it.
function locate(path) {
  for (const [directory, name] of getDirectories()) {
    if (path === name) return [directory, '.'];
    const prefix = name.endsWith('/') ? name : name + '/';
    if (path.startsWith(prefix)) return [directory, path.slice(prefix.length)];
  }
  throw 'not in a granted directory';
}

// An error code of the host as the error of our own result.
function attempt(action) {
  try {
    return action();
  } catch (error) {
    throw typeof error === 'string' ? error : String(error.payload ?? error.message ?? error);
  }
}

const follow = { symlinkFollow: true };

// QuickJS has no TextEncoder; escape() is its shortest way from and to UTF-8.
function toBytes(text) {
  if (globalThis.TextEncoder) return new TextEncoder().encode(text);
  return Uint8Array.from(unescape(encodeURIComponent(text)), (c) => c.charCodeAt(0));
}

function toText(bytes) {
  if (globalThis.TextDecoder) return new TextDecoder().decode(bytes);
  let text = '';
  for (let n = 0; n < bytes.length; n += 4096) text += String.fromCharCode(...bytes.subarray(n, n + 4096));
  return decodeURIComponent(escape(text));
}

// A list<u8> may come as a typed array or as an array; parts are joined into one array.
function readAll(stream) {
  const parts = [];
  for (;;) {
    try {
      const part = stream.blockingRead(u64(65536));
      parts.push(part instanceof Uint8Array ? part : new Uint8Array(part));
    } catch (error) {
      const cause = error.payload ?? error;
      if (cause.tag === 'closed') break;
      throw error;
    }
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

export const files = {
  readFile: (path) =>
    attempt(() => {
      const [directory, rest] = locate(path);
      const file = directory.openAt(follow, rest, {}, { read: true });
      return toText(readAll(file.readViaStream(u64(0))));
    }),
  writeFile: (path, text) =>
    attempt(() => {
      const [directory, rest] = locate(path);
      const bytes = toBytes(text);
      const file = directory.openAt(follow, rest, { create: true, truncate: true }, { write: true });
      const stream = file.writeViaStream(u64(0));
      for (let n = 0; n < bytes.length; n += 4096) stream.blockingWriteAndFlush(bytes.slice(n, n + 4096));
      return bytes.length;
    }),
  listDir: (path) =>
    attempt(() => {
      const [directory, rest] = locate(path);
      const entries = directory.openAt(follow, rest, { directory: true }, { read: true }).readDirectory();
      const names = [];
      for (let entry; (entry = entries.readDirectoryEntry()); ) names.push(entry.name);
      return names.sort();
    }),
  getEnv: (name) => getEnvironment().find(([key]) => key === name)?.[1],
};
