#!/usr/bin/env node
import { join } from 'node:path';

import { reportFailure } from './failure.ts';
import { buildProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

// Run from source, the threads to come take what was stripped of its types once from here: each would
// strip it anew with a WebAssembly module, and the runtime crashes now and then as it frees that at a
// thread's end (nodejs/node#64500). Built, callgauge has no types to strip.
if (import.meta.filename.endsWith('.ts')) {
  const packageDir = join(import.meta.dirname, '../..');
  process.env['NODE_COMPILE_CACHE'] ??= join(packageDir, 'node_modules/.cache/compile');
}

const terminal = processTerminal(process.stdout, process.stderr, process.env);

// A reader that left (`callgauge runs | head -1`) wants no more output, and no complaint.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await buildProgram(terminal).parseAsync(process.argv);
} catch (thrown) {
  process.exitCode = reportFailure(thrown, terminal);
}
