import type { Ms } from '../../src/core/index.ts';
import { hasProgram, outputOf } from '../child-process.ts';
import { type Peer, type Percentiles, SLACK_SEC } from './peer.ts';

const MS_PER_UNIT: Readonly<Record<string, Ms>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

/** Counts from the intended start, as we do. Looked for as `wrk2`; its own build names it `wrk`. */
export const wrk2: Peer = {
  name: 'wrk2',
  title: 'wrk2 -R',
  isHere: () => hasProgram('wrk2'),
  saturate: ({ url, connections, seconds }) => [
    'wrk2',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-R1000000',
    url,
  ],
  measure: async ({ url, connections, seconds, ratePerSec }) => {
    const argv = ['wrk2', '-t1', `-c${connections}`, `-d${seconds}s`, `-R${ratePerSec}`, '-L', url];
    return wrk2Percentiles(await outputOf(argv, { boundSec: seconds + SLACK_SEC }));
  },
};

/** Returns the latency distribution of its report. */
export function wrk2Percentiles(output: string): Percentiles {
  const at = (percent: string): Ms => {
    const line = new RegExp(`^ *${percent.replace('.', '\\.')}% +([\\d.]+)(us|ms|s|m)$`, 'mu');
    const [, value, unit = ''] = line.exec(output) ?? [];
    return Number(value ?? Number.NaN) * (MS_PER_UNIT[unit] ?? Number.NaN);
  };
  return { p50Ms: at('50.000'), p99Ms: at('99.000'), p999Ms: at('99.900') };
}
