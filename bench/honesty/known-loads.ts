import { type Ns, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import type { KnownLoad } from './truth-model.ts';

export interface HonestyCase {
  readonly title: string;
  readonly load: KnownLoad;
}

const MS = NS_PER_MS;
const FREEZE_EVERY_NS = 5 * NS_PER_SEC;
const FREEZE_NS = 200 * MS;
const CONNECTIONS = 50;

/**
 * Returns the servers that tools are held against for `seconds` each. The slow answers are one in
 * 90 and not one in 100: at exactly 1% the p99 lies on the step between 1 and 300 ms, and one call
 * more or less would decide. Freezes lie in the middle of each 5 s, or of a shorter run.
 */
export function honestyCases(seconds: number): HonestyCase[] {
  const durationNs: Ns = seconds * NS_PER_SEC;
  const base = { durationNs, connections: CONNECTIONS, freezes: [] };
  return [
    {
      title: 'every answer takes 50 ms; 500/s, 50 connections',
      load: { ...base, ratePerSec: 500, serviceNs: 50 * MS },
    },
    {
      title: '1 ms, frozen for 200 ms every 5 s; 2,000/s, 50 connections',
      load: { ...base, ratePerSec: 2_000, serviceNs: MS, freezes: freezes(durationNs) },
    },
    {
      title: '1 ms, one answer in 90 takes 300 ms; 1,000/s, 50 connections',
      load: { ...base, ratePerSec: 1_000, serviceNs: MS, slow: { every: 90, serviceNs: 300 * MS } },
    },
    {
      title: 'one at a time in 1.25 ms, so 800/s at most; asked for 1,000/s, 50 connections',
      load: { ...base, ratePerSec: 1_000, serviceNs: 1.25 * MS, slots: 1 },
    },
  ];
}

function freezes(durationNs: Ns): KnownLoad['freezes'] {
  const everyNs = Math.min(FREEZE_EVERY_NS, durationNs);
  return Array.from({ length: Math.floor(durationNs / everyNs) }, (_, i) => {
    const fromNs = (i + 0.5) * everyNs;
    return { fromNs, toNs: fromNs + FREEZE_NS };
  });
}
