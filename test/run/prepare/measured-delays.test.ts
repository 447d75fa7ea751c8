import { describe, expect, it } from 'vitest';

import type { MergedSeries } from '../../../src/analyze/index.ts';
import { readMeasuredDelays } from '../../../src/run/prepare/measured-delays.ts';
import { NS_PER_MS, type RunRecord } from '../../../src/core/index.ts';
import { parseScenario, type Scenario } from '../../../src/scenario/index.ts';
import type { Store } from '../../../src/store/index.ts';

const RUN_ID = '6a1b2c3d00c0ffee';

const RUN: RunRecord = {
  runId: RUN_ID,
  scenario: 'before',
  startedEpochMs: 1,
  endedEpochMs: 2,
  status: 'complete',
  seed: 1,
  phases: [
    { name: 'warm-up', fromNs: 0, toNs: 1e9, model: 'open', measured: false },
    { name: 'steady', fromNs: 1e9, toNs: 9e9, model: 'open', measured: true },
  ],
  source: '',
  plan: '',
  verdict: '',
  harnessVersion: '0',
  environment: {},
};

function series(changes: Partial<MergedSeries>): MergedSeries {
  return {
    phase: 'steady',
    step: 'pay',
    target: 'payment',
    outcome: 'ok',
    clock: 'service',
    valueNs: [10 * NS_PER_MS, 20 * NS_PER_MS],
    count: [3, 1],
    ...changes,
  };
}

const STORED = [
  series({}),
  series({ outcome: 'check', valueNs: [20 * NS_PER_MS], count: [2] }),
  series({ outcome: 'timeout', valueNs: [2_000 * NS_PER_MS], count: [9] }),
  series({ phase: 'warm-up', valueNs: [500 * NS_PER_MS], count: [5] }),
  series({ clock: 'response', valueNs: [90 * NS_PER_MS], count: [4] }),
];

function scenario(delay: string): Scenario {
  return parseScenario(
    `name: replayed
targets: { api: { url: "http://127.0.0.1:1" } }
proxies: { p: { listen: "127.0.0.1:2", upstream: "127.0.0.1:3", protocol: http } }
flows: { look: [{ step: home, target: api, http: { path: / } }] }
load: [{ phase: steady, arrivals: { rate: 1/s }, for: 10s }]
faults:
  - name: as-measured
    proxy: p
    toxic: { type: http_delay, delay: { distribution: histogram, ${delay} } }
`,
    'replayed.yaml',
  );
}

async function delayOf(told: string): Promise<unknown> {
  const source = {
    run: async (id: string) => (id === 'latest' || id === RUN_ID ? RUN : undefined),
    series: async () => STORED,
  } as unknown as Store['source'];
  const [fault] = await readMeasuredDelays(scenario(told).faults, source, () => undefined);
  // Nothing is left to be read.
  expect(fault).not.toHaveProperty('measured');
  return fault?.toxic?.settings['delay'];
}

describe('readMeasuredDelays', () => {
  it('takes the service times of the answered calls of the measured phases', async () => {
    expect(await delayOf('run: latest, step: pay')).toEqual({
      distribution: 'histogram',
      valueNs: [10 * NS_PER_MS, 20 * NS_PER_MS],
      count: [3, 3],
      source: `run ${RUN_ID}, pay, service time, 6 calls`,
    });
  });

  it('takes another clock, and a phase that was not measured, where it is told', async () => {
    const response = `run: "${RUN_ID}", step: pay, clock: response`;
    expect(await delayOf(response)).toMatchObject({ valueNs: [90 * NS_PER_MS], count: [4] });
    const warmUp = 'run: latest, step: pay, phase: warm-up';
    expect(await delayOf(warmUp)).toMatchObject({ valueNs: [500 * NS_PER_MS], count: [5] });
  });

  it.each([
    [
      'run: "00000000deadbeef", step: pay',
      'the store holds no run 00000000deadbeef for the delays of fault as-measured',
      'callgauge runs lists what it holds.',
    ],
    [
      'run: latest, step: charge',
      `run ${RUN_ID} has no answered calls of step charge in its measured phases, for the delays of fault as-measured`,
      'Steps that it has there: pay.',
    ],
  ])('says what is missing of { %s }', async (told, message, hint) => {
    await expect(delayOf(told)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', message, hint });
  });
});
