#!/usr/bin/env bash
# node 24.21.0, node:zlib: decoding zstd stops behind the first frame, without an error.
#
# Behaviour: zstdDecompressSync, and createZstdDecompress, return the content of the first frame of
#   a body and pass over the others, though a zstd stream is any number of frames (RFC 8878, 3).
#   gunzipSync returns all members of a gzip body, and the zstd command all frames.
# Seen: two frames of "one " and "two": "one " by either way; two members of gzip: "one two".
# Why it matters: a server that flushes its answer in frames, or joins pieces that it keeps
#   compressed, is answered with a body that is cut without a word: a check of it fails, or worse,
#   passes. callgauge splits a body into its frames and decodes each.
# Reported: https://github.com/nodejs/node/issues/64741, open in July 2026.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent node@24.21.0
cat >run.mjs <<'JS'
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';

const parts = ['one ', 'two'].map((text) => Buffer.from(text));
const frames = Buffer.concat(parts.map((part) => zlib.zstdCompressSync(part)));
const members = Buffer.concat(parts.map((part) => zlib.gzipSync(part)));
const streamed = await buffer(Readable.from([frames]).pipe(zlib.createZstdDecompress()));

const seen = {
  'zstdDecompressSync, two frames': zlib.zstdDecompressSync(frames).toString(),
  'createZstdDecompress, two frames': streamed.toString(),
  'gunzipSync, two members': zlib.gunzipSync(members).toString(),
};
console.log(`node ${process.version}`);
for (const [what, text] of Object.entries(seen)) console.log(`${what}: ${JSON.stringify(text)}`);
const [sync, stream, gzip] = Object.values(seen);
const isSo = sync === 'one ' && stream === 'one ' && gzip === 'one two';
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
./node_modules/.bin/node run.mjs
