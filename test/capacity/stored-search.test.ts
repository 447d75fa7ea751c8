import { describe, expect, it } from 'vitest';

import { probeLoad, searchedRates } from '../../src/capacity/index.ts';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { memorySource, runRecord } from '../analyze/memory-source.ts';
import { phaseOf, queueingServer, searchSpec, simulateSearch } from './simulated-server.ts';

const SPEC = searchSpec({
  objective: 'call.response p(95) < 50ms',
  fromPerSec: 100,
  precisionRatio: 0.2,
});

describe('a stored search', () => {
  it('says again what it said when it ended', async () => {
    const server = () => queueingServer(1, () => 5 * NS_PER_MS);
    const { result, probes } = await simulateSearch(SPEC, server, 7);
    const run = runRecord({ phases: probes.map(({ phase }) => phase) });
    const source = memorySource({
      run,
      seconds: probes.flatMap(({ histograms }) => histograms),
      counters: probes.flatMap(({ counters }) => counters),
    });
    expect(await searchedRates(phaseOf(SPEC), run, source)).toEqual(result);
  });

  it('that was killed counts its last probe as far as it got, and is stopped', async () => {
    const server = () => queueingServer(1, () => 5 * NS_PER_MS);
    const { probes } = await simulateSearch(SPEC, server, 7);
    const [first, second] = probes;
    // It had run for 4 s.
    const untilSecond = (second?.phase.fromNs ?? 0) / NS_PER_SEC + 4;
    const run = runRecord({
      status: 'running',
      phases: [first, second].flatMap((probe) => probe?.phase ?? []),
    });
    const source = memorySource({
      run,
      seconds: probes.flatMap((p) => p.histograms).filter((h) => h.second < untilSecond),
      counters: probes.flatMap(({ counters }) => counters),
    });
    const found = await searchedRates(phaseOf(SPEC), run, source);
    expect(found.end).toBe('stopped');
    expect(found.rates.map(({ ranNs }) => ranNs / NS_PER_SEC)).toEqual([10 + 4]);
  });
});

describe('the load of a probe', () => {
  it('is a lead-in that is not measured, and the probe', () => {
    const probe = { ratePerSec: 212.1, number: 3, durationNs: 20 * NS_PER_SEC };
    const [leadIn, measured] = probeLoad(phaseOf(SPEC), probe);
    expect(leadIn).toMatchObject({ name: 'find@212.1/s#3/lead-in', measure: false });
    expect(leadIn?.durationNs).toBe(2 * NS_PER_SEC);
    expect(measured).toMatchObject({ name: 'find@212.1/s#3', measure: true });
    expect(measured?.arrivals.pieces).toMatchObject([{ fromPerSec: 212.1, toPerSec: 212.1 }]);
  });
});
