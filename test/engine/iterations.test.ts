import { describe, expect, it } from 'vitest';
import { countOf, STATUS } from '../../src/core/index.ts';
import type { LiveCall } from '../../src/engine/index.ts';
import { mergedResult } from '../../src/sender/merged-result.ts';
import { MS, ONE, hooks, paths, runOf, sentMs, step } from './flow-run.ts';

describe('steps in a row', () => {
  it('send what earlier ones captured, of each iteration its own', async () => {
    const flow =
      step('make', ', capture: { id: $.id, place: { header: location } }') +
      '- { step: read, target: b, http: { path: "/${id}", headers: { x: "${place}" } } }';
    const made = runOf({ flow }, ({ seq }, path) =>
      path === '/make'
        ? { fields: [['location', `at ${seq}`]], body: JSON.stringify({ id: `n ${seq}` }) }
        : {},
    );
    const result = await made.run.whole();
    const read = made.run.driver('b').started;
    expect(read.map(({ request }) => request?.path)).toEqual(
      Array.from({ length: 10 }, (_, i) => `/n%20${i}`),
    );
    expect(read.map(({ request }) => request?.headers[0]?.[1])).toEqual(
      Array.from({ length: 10 }, (_, i) => `at ${i}`),
    );
    expect(result.finished.ok).toBe(20);
    expect(made.run.counter('failed_iterations')).toBe(0);
  });

  it('are intended when the one before is over, one trace for all of them', async () => {
    const made = runOf(
      { flow: step('one', ', capture: { id: $ }') + step('two'), load: ONE },
      () => ({
        body: '1',
        tookMs: 30,
      }),
    );
    await made.run.whole();
    expect(made.sent.map(({ intendedNs }) => intendedNs / MS)).toEqual([0, 30]);
    expect(made.run.driver().started.map(({ spanSeq }) => spanSeq)).toEqual([0, 1]);
  });

  it('end at a failed check, which is an outcome of its own', async () => {
    const flow = step('look', ', check: { json: { $.ok: true } }') + step('then');
    const made = runOf({ flow }, ({ seq }) => ({ body: seq === 3 ? '{"ok":1}' : '{"ok":true}' }));
    const result = await made.run.whole();
    expect(result.finished).toMatchObject({ ok: 18, check: 1 });
    expect(made.run.counter('failed_iterations')).toBe(1);
    expect(countOf(made.run.histogram('response', ['check']))).toBe(1);
  });

  it('are not judged where the status was refused already', async () => {
    const flow = step('look', ', check: { json: { $.ok: true } }');
    const made = runOf({ flow }, () => ({ outcome: STATUS }));
    expect((await made.run.whole()).finished).toMatchObject({
      ok: 0,
      status: 10,
      check: 0,
      rejected: 0,
      fallback: 0,
    });
  });

  it('wait for a connection with what was rendered for them', async () => {
    const flow = '- { step: s, target: a, http: { path: "/${iteration.number}" } }';
    const made = runOf({ flow }, () => ({ tookMs: 250 }), { connections: 1 });
    const result = await made.run.whole();
    expect(paths(made)).toEqual(Array.from({ length: 10 }, (_, i) => `/${i}`));
    expect(sentMs(made)).toEqual(Array.from({ length: 10 }, (_, i) => 250 * i));
    expect(result.finished.ok).toBe(10);
  });
});

describe('think', () => {
  it('lets time pass before the next step, which is intended when the pause is over', async () => {
    const flow = `${step('one')}- { think: 200ms }\n${step('two')}`;
    const made = runOf({ flow, load: ONE });
    await made.run.whole();
    expect(made.sent.map(({ intendedNs }) => intendedNs / MS)).toEqual([0, 210]);
    expect(sentMs(made)).toEqual([0, 210]);
  });

  it('is drawn by the seed', async () => {
    const pauses = async (seed: number): Promise<number[]> => {
      const flow = `- { think: { min: 10ms, max: 20ms } }\n${step('one')}`;
      const made = runOf({ flow, seed });
      await made.run.whole();
      return made.sent.toSorted((a, b) => a.seq - b.seq).map((s) => s.sentNs / MS - 100 * s.seq);
    };
    const first = await pauses(1);
    expect(await pauses(1)).toEqual(first);
    expect(await pauses(2)).not.toEqual(first);
    expect(first.every((ms) => ms >= 10 && ms <= 20)).toBe(true);
    expect(new Set(first).size).toBe(10);
  });

  it('lasts as long as it is drawn also where a timer fires early', async () => {
    const flow = `- { think: 200ms }\n${step('one')}`;
    const made = runOf({ flow, load: ONE }, undefined, {
      generatorClock: (clock) => ({
        originEpochMs: 0,
        nowNs: () => clock.nowNs(),
        after: (delayNs, fire) => clock.after(delayNs > MS ? delayNs - MS / 2 : delayNs, fire),
      }),
    });
    await made.run.whole();
    expect(sentMs(made)).toEqual([200]);
  });
});

describe('parallel', () => {
  const group = `- parallel:
    - - { step: a1, target: a, http: { path: /a1 } }
      - { step: a2, target: a, http: { path: /a2 } }
    - - { step: b1, target: b, http: { path: /b1 } }
- { step: after, target: a, http: { path: /after } }`;

  it('sends all branches at once, and goes on when the last is over', async () => {
    const made = runOf({ flow: group, load: ONE }, (_, path) => ({
      tookMs: path === '/b1' ? 70 : 20,
    }));
    await made.run.whole();
    expect(made.sent.map(({ path, intendedNs }) => [path, intendedNs / MS])).toEqual([
      ['/a1', 0],
      ['/b1', 0],
      ['/a2', 20],
      ['/after', 70],
    ]);
  });

  it('ends the flow once all branches are over where one failed', async () => {
    const made = runOf({ flow: group, load: ONE }, (_, path) =>
      path === '/b1' ? { outcome: STATUS } : {},
    );
    const result = await made.run.whole();
    expect(paths(made)).toEqual(['/a1', '/b1', '/a2']);
    expect(result.finished).toMatchObject({ ok: 2, status: 1 });
    expect(made.run.counter('failed_iterations')).toBe(1);
  });

  it('gives each call of an iteration a span number of its own', async () => {
    const made = runOf({ flow: group });
    await made.run.whole();
    const numbers = [...made.run.drivers.values()].flatMap((driver) =>
      driver.started.map(({ spanSeq }) => spanSeq),
    );
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('counts the time that one branch computes as lag of the next', async () => {
    let computedNs = 0;
    const made = runOf(
      {
        flow: `- parallel:
    - - { hook: compute }
      - { step: a1, target: a, http: { path: /a1 } }
    - - { step: b1, target: b, http: { path: /b1 } }`,
        load: ONE,
        more: 'hooks: hooks.ts',
      },
      undefined,
      {
        ...hooks({ compute: () => void (computedNs += 5 * MS) }),
        generatorClock: (clock) => ({
          originEpochMs: 0,
          nowNs: () => clock.nowNs() + computedNs,
          after: (delayNs, fire) => clock.after(delayNs, fire),
        }),
      },
    );
    await made.run.whole();
    const times = ({ intendedNs, seenNs }: LiveCall): number[] => [intendedNs / MS, seenNs / MS];
    expect(made.run.driver('a').started.map(times)).toEqual([[5, 5]]);
    expect(made.run.driver('b').started.map(times)).toEqual([[0, 5]]);
  });
});

describe('choose', () => {
  const flow = `- choose:
    - { weight: 3, do: [{ step: often, target: a, http: { path: /often } }] }
    - { weight: 1, do: [{ step: rare, target: a, http: { path: /rare } }] }`;
  const load = '[{ phase: p, arrivals: { process: poisson, rate: 400/s }, for: 2s }]';

  async function ways(seed: number, count = 1): Promise<{ ways: string[]; sum: unknown }> {
    const runs = Array.from({ length: count }, (_, index) =>
      runOf({ flow, load, seed }, undefined, { shard: { index, count } }),
    );
    const results = await Promise.all(runs.map(({ run }) => run.whole()));
    const sent = runs.flatMap((made) => made.sent).toSorted((a, b) => a.seq - b.seq);
    return { ways: sent.map(({ path }) => path), sum: mergedResult(results) };
  }

  it('follows the weights', async () => {
    const { ways: taken } = await ways(1);
    const often = taken.filter((path) => path === '/often').length;
    // Four standard deviations of a binomial share of 0.75.
    const bound = 4 * Math.sqrt(0.1875 / taken.length);
    expect(Math.abs(often / taken.length - 0.75)).toBeLessThan(bound);
  });

  it('takes the same ways with the same seed, over 1, 2 and 3 workers', async () => {
    const whole = await ways(7);
    expect(await ways(7, 2)).toEqual(whole);
    expect(await ways(7, 3)).toEqual(whole);
    expect((await ways(8)).ways).not.toEqual(whole.ways);
  });
});

describe('repeat', () => {
  it('makes its steps as often as it says', async () => {
    const flow = `- repeat: { times: 3, do: [{ step: one, target: a, http: { path: /one } }, { think: 5ms }] }
${step('two')}`;
    const made = runOf({ flow, load: ONE });
    await made.run.whole();
    expect(paths(made)).toEqual(['/one', '/one', '/one', '/two']);
    expect(sentMs(made)).toEqual([0, 15, 30, 45]);
  });

  it('draws how often within its bounds', async () => {
    const flow = `- repeat: { times: { min: 0, max: 2 }, do: [{ step: one, target: a, http: { path: /one } }] }`;
    const load = '[{ phase: p, arrivals: { process: constant, rate: 90/s }, for: 1s }]';
    const made = runOf({ flow, load });
    const result = await made.run.whole();
    const perSeq = Array.from(
      { length: 90 },
      (_, seq) => made.sent.filter((call) => call.seq === seq).length,
    );
    expect(new Set(perSeq)).toEqual(new Set([0, 1, 2]));
    expect(result.arrivals).toBe(90);
  });
});
