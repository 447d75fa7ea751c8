import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ms } from '../../src/core/index.ts';
import { NS_PER_MS } from '../../src/core/index.ts';
import { hasProgram, outputOf } from '../child-process.ts';
import { type Load, type Peer, SLACK_SEC } from './peer.ts';
import { samplePercentiles } from './sample-percentiles.ts';

export const vegeta: Peer = {
  name: 'vegeta',
  title: 'vegeta -rate',
  isHere: () => hasProgram('vegeta'),
  saturate: (load) => attack(load, '0'),
  measure: async (load) => {
    const boundSec = load.seconds + SLACK_SEC;
    await outputOf(attack(load, String(load.ratePerSec)), { boundSec });
    const results = resultsFile(load);
    const csv = await outputOf(['vegeta', 'encode', '--to', 'csv', results], { boundSec });
    return samplePercentiles(vegetaSamplesMs(csv));
  },
};

/** Returns every latency of its CSV: time in ns, status, latency in ns, then more. */
export function vegetaSamplesMs(csv: string): Ms[] {
  return [...csv.matchAll(/^\d+,\d+,(\d+),/gmu)].map(([, ns]) => Number(ns) / NS_PER_MS);
}

function attack(load: Load, rate: string): string[] {
  const targets = join(load.scratch, 'vegeta.targets');
  writeFileSync(targets, `GET ${load.url}\n`);
  const most = String(load.connections);
  const bounds = ['-connections', most, '-workers', most, '-max-workers', most];
  const output = ['-targets', targets, '-output', resultsFile(load)];
  return ['vegeta', 'attack', '-rate', rate, '-duration', `${load.seconds}s`, ...bounds, ...output];
}

function resultsFile({ scratch }: Load): string {
  return join(scratch, 'vegeta.results');
}
