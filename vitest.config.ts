import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { defineConfig } from 'vitest/config';

import { ClosingLineReporter } from './test/closing-line-reporter.ts';

// Sources whose types were stripped once are taken from here by every process and thread of the tests.
// Without it each thread strips them again with a WebAssembly module, and the runtime crashes now and
// then as it frees that at a thread's end (nodejs/node#64500).
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compile');

const LONG = 'test/**/*.long.test.ts';

// What is waited for comes whenever the machine lets it; by itself it would be given a second.
const poll = { poll: { timeout: 60_000 } };

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLineReporter()],
    // Integration tests wait more than they compute.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', LONG],
          testTimeout: 120_000,
          expect: poll,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: [LONG],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          expect: poll,
        },
      },
      {
        test: {
          name: 'long',
          include: [LONG],
          // One after another, behind all others: some of them start many processes at once.
          fileParallelism: false,
          testTimeout: 480_000,
          hookTimeout: 480_000,
          expect: poll,
        },
      },
    ],
  },
});
