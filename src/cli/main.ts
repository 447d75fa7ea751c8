#!/usr/bin/env node
import { reportFailure } from './failure.ts';
import { buildProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

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
