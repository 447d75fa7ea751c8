import type { Ms } from '../../src/core/index.ts';
import { hasProgram, outputOf } from '../child-process.ts';
import { type Peer, SLACK_SEC } from './peer.ts';
import { samplePercentiles } from './sample-percentiles.ts';

export const hey: Peer = {
  name: 'hey',
  title: 'hey -q',
  isHere: () => hasProgram('hey'),
  saturate: ({ url, connections, seconds }) => [
    'hey',
    '-cpus',
    '1',
    '-z',
    `${seconds}s`,
    '-c',
    String(connections),
    url,
  ],
  measure: async ({ url, connections, seconds, ratePerSec }) => {
    const perWorker = String(ratePerSec / connections);
    const argv = ['hey', '-z', `${seconds}s`, '-c', String(connections), '-q', perWorker];
    const csv = await outputOf([...argv, '-o', 'csv', url], { boundSec: seconds + SLACK_SEC });
    return samplePercentiles(heySamplesMs(csv));
  },
};

/** Returns every response time of its CSV, whose first column holds seconds to a tenth of a ms. */
export function heySamplesMs(csv: string): Ms[] {
  return [...csv.matchAll(/^([\d.]+),/gmu)].map(([, sec]) => Number(sec) * 1_000);
}
