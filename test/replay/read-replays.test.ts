import { describe, expect, test } from 'vitest';
import { HarnessError, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { ArrivalListBuilder } from '../../src/replay/arrival-list.ts';
import { arrivalsOfRun, readReplayFiles, readReplays } from '../../src/replay/index.ts';
import { parseScenario, resolveReferences, type Scenario } from '../../src/scenario/index.ts';
import { scheduleOf } from '../../src/schedule/index.ts';

const scenario = (...phases: string[]): Scenario =>
  parseScenario(
    `name: s
targets: { t: { url: "http://127.0.0.1:1" } }
flows: { f: [{ step: a, target: t, http: { path: / } }] }
load:
${phases.map((phase, i) => `  - { phase: p${i}, ${phase} }`).join('\n')}
`,
    's.yaml',
  );

function timesOf(of: Pick<Scenario, 'seed' | 'load'>): number[] {
  const cursor = scheduleOf(of).cursor();
  const times = [];
  while (cursor.advance()) times.push(cursor.intendedNs);
  return times;
}

describe('arrivalsOfRun', () => {
  test('are the same again as those of the run', () => {
    const run = scenario('arrivals: { rate: 100/s }, for: 2s', 'arrivals: { rate: 50/s }, for: 1s');
    const times = timesOf(run);
    const [first = 0] = times;
    expect([...arrivalsOfRun('r', run).offsetsNs]).toEqual(times.map((ns) => ns - first));
  });

  test('leave the time of closed phases out', () => {
    const even = 'arrivals: { process: constant, rate: 2/s }, for: 1s';
    const run = scenario(even, 'users: 3, for: 10s', even);
    expect([...arrivalsOfRun('r', run).offsetsNs].map((ns) => ns / NS_PER_MS)).toEqual([
      0, 500, 1_000, 1_500,
    ]);
  });

  test.each([
    ['users: 3, for: 10s', 'run r has no arrivals to replay'],
    [
      'replay: { run: latest }',
      'run r cannot be replayed: its phase p0 was itself a replay, whose list the store does not hold',
    ],
    [
      'capacity: { objective: "a.response med < 1ms", from: 1/s, to: 2/s }',
      'run r cannot be replayed: its phase p0 was a search for capacity, whose probes were decided while it ran',
    ],
  ])('%s', (phase, message) => {
    expect(() => arrivalsOfRun('r', scenario(phase))).toThrow(message);
  });
});

describe('readReplays', () => {
  const list = { offsetsNs: Float64Array.of(0, 10, 400 * NS_PER_MS), requests: undefined };
  const sources = { readFile: () => Promise.resolve(list), readRun: () => Promise.resolve(list) };

  test.each([
    ['replay: { file: a }', 401 * NS_PER_MS, 3],
    ['replay: { file: a, speed: 4 }', 101 * NS_PER_MS, 3],
    ['replay: { run: latest }, for: 300ms', 300 * NS_PER_MS, 2],
    ['replay: { run: latest }, for: 1h', 401 * NS_PER_MS, 3],
  ])('%s', async (phase, durationNs, count) => {
    const load = await readReplays(scenario(phase), sources);
    expect(load[0]?.durationNs).toBe(durationNs);
    expect(timesOf({ seed: 1, load })).toHaveLength(count);
  });

  test('leaves runs unread where there is no store', async () => {
    const given = scenario('replay: { run: latest }', 'replay: { file: a }');
    const load = await readReplayFiles(given, sources.readFile);
    expect(load[0]).toBe(given.load[0]);
    expect(load.map((phase) => phase.durationNs)).toEqual([0, 401 * NS_PER_MS]);
    expect(timesOf({ seed: 1, load })).toHaveLength(3);
  });

  test.each([
    ['http: { path: / }', false],
    ['http: { path: "${replay.path}" }', true],
    ['http: { path: /, headers: { x: "${replay.method}" } }', true],
    ['http: { path: / }, check: { json: { "$.path": "${replay.path}" } }', true],
  ])('asks for what was called where the flow uses it: %s', async (keys, wanted) => {
    const given = parseScenario(
      `name: s
targets: { t: { url: "http://127.0.0.1:1" } }
flows: { f: [{ step: a, target: t, ${keys} }] }
load: [{ phase: p, replay: { file: a } }]
`,
      's.yaml',
    );
    const seen: boolean[] = [];
    const filling = readReplays(given, {
      ...sources,
      readFile: (_, wantsRequest) => (seen.push(wantsRequest), Promise.resolve(list)),
    });
    if (wanted) await expect(filling).rejects.toThrow('says of no arrival what it called');
    else await filling;
    expect(seen).toEqual([wanted]);
  });

  test('refuses a list that lasts longer than a run may', async () => {
    const long = { ...list, offsetsNs: Float64Array.of(0, 101 * 86_400 * NS_PER_SEC) };
    const readFile = (): Promise<typeof long> => Promise.resolve(long);
    await expect(
      readReplays(scenario('replay: { file: a }'), { ...sources, readFile }),
    ).rejects.toThrow('the list of phase p0 must last 100 days at most');
  });

  test('gives a scenario whose references can be filled in, and that a thread can be sent', async () => {
    const given = scenario('replay: { file: a }');
    const load = await readReplays(given, sources);
    const resolved = resolveReferences({ ...given, load }, { env: {} });
    expect(timesOf(structuredClone(resolved))).toEqual([0, 10, 400 * NS_PER_MS]);
  });
});

test('a list has a bound', () => {
  const list = new ArrivalListBuilder('long.log', 2);
  list.addOffset(0);
  list.addOffset(1);
  expect(() => list.addOffset(2)).toThrow(HarnessError);
  expect(() => list.addOffset(2)).toThrow('long.log must hold 2 arrivals at most to be replayed');
});
