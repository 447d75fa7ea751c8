import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Ms } from '../../src/core/index.ts';
import { hasProgram, outputOf } from '../child-process.ts';
import { type Peer, SLACK_SEC } from './peer.ts';
import { samplePercentiles } from './sample-percentiles.ts';

export const h2load: Peer = {
  name: 'h2load',
  title: 'h2load --rps',
  isHere: () => hasProgram('h2load'),
  saturate: ({ url, connections, seconds }) => [
    'h2load',
    '--h1',
    '-t1',
    `-c${connections}`,
    `-D${seconds}`,
    url,
  ],
  measure: async ({ url, connections, seconds, ratePerSec, scratch }) => {
    const log = join(scratch, 'h2load.log');
    rmSync(log, { force: true });
    const rps = `--rps=${ratePerSec / connections}`;
    const argv = ['h2load', '--h1', '-t1', `-c${connections}`, `-D${seconds}`, rps];
    await outputOf([...argv, `--log-file=${log}`, url], { boundSec: seconds + SLACK_SEC });
    return samplePercentiles(h2loadSamplesMs(readFileSync(log, 'utf8')));
  },
};

/** Returns every response time of its log: start, status, microseconds, parted by tabs. */
export function h2loadSamplesMs(log: string): Ms[] {
  return [...log.matchAll(/^\d+\t\d+\t(\d+)$/gmu)].map(([, us]) => Number(us) / 1_000);
}
