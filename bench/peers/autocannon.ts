import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { outputOf } from '../child-process.ts';
import { type Load, type Peer, type Percentiles, SLACK_SEC } from './peer.ts';

const PROGRAM = resolve(import.meta.dirname, '../../node_modules/autocannon/autocannon.js');

export const autocannon: Peer = {
  name: 'autocannon',
  title: 'autocannon -R',
  isHere: () => existsSync(PROGRAM),
  saturate: (load) => command(load),
  measure: async (load) => {
    const argv = [...command(load), '-R', String(load.ratePerSec)];
    return autocannonPercentiles(await outputOf(argv, { boundSec: load.seconds + SLACK_SEC }));
  },
};

/** Returns the values of its JSON report, in whole milliseconds; NaN where a field is missing. */
export function autocannonPercentiles(output: string): Percentiles {
  const { latency = {} } = JSON.parse(output) as { latency?: Record<string, number> };
  return {
    p50Ms: latency['p50'] ?? Number.NaN,
    p99Ms: latency['p99'] ?? Number.NaN,
    p999Ms: latency['p99_9'] ?? Number.NaN,
  };
}

function command({ url, connections, seconds }: Load): string[] {
  const size = ['-c', String(connections), '-d', String(seconds)];
  return [process.execPath, PROGRAM, ...size, '--json', '--no-progress', url];
}
