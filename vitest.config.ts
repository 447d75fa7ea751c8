import { join } from 'node:path';

import { defineConfig } from 'vitest/config';

import { ClosingLineReporter } from './test/closing-line-reporter.ts';

// Sources whose types were stripped once are taken from here by every process and thread of the tests.
// Without it each thread strips them again with a WebAssembly module, and the runtime crashes now and
// then as it frees that at a thread's end (nodejs/node#64500).
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compile');

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLineReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // Real parts on a shared machine meet its pauses; what is broken fails the second time too.
          retry: 1,
        },
      },
    ],
  },
});
