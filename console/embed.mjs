// SPDX-License-Identifier: Apache-2.0
// embed.mjs FOLDER OUT.cc: the built console as C++, every file compressed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function* files(folder, prefix = '') {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) yield* files(join(folder, entry.name), `${path}/`);
    else yield path;
  }
}

const [folder, out] = process.argv.slice(2);
const arrays = [];
const rows = [];
for (const path of [...files(folder)].sort()) {
  const type = TYPES[extname(path)];
  if (!type) throw new Error(`embed: no type is known for ${path}`);
  const bytes = gzipSync(readFileSync(join(folder, path)), { level: 9 });
  bytes[9] = 3; // the system that compressed it: the same everywhere
  arrays.push(`constexpr unsigned char kFile${arrays.length}[] = {${[...bytes].join(',')}};`);
  rows.push(`    {"${path}", "${type}", kFile${rows.length}},`);
}
writeFileSync(
  out,
  `#include "cmd/millrace/console_files.h"
namespace millrace::cmd {
namespace {
${arrays.join('\n')}
constexpr control::ConsoleFile kFiles[] = {
${rows.join('\n')}
};
}  // namespace
std::span<const control::ConsoleFile> console_files() { return kFiles; }
}  // namespace millrace::cmd
`,
);
