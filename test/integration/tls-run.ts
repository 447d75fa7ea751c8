import { NS_PER_SEC } from '../../src/core/index.ts';
import { realRun } from './real-run.ts';

/** Prints how 40 calls to the url given ended. A process of its own: trust is read at its start. */
const run = await realRun({
  url: process.argv[2] ?? '',
  ratePerSec: 80,
  durationNs: NS_PER_SEC / 2,
});
const errors = [...new Set(run.kept.map((call) => call.error))];
process.stdout.write(JSON.stringify({ finished: run.result.finished, errors }));
