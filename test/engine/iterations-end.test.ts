import { describe, expect, it } from 'vitest';
import { type Ns, NS_PER_SEC } from '../../src/core/index.ts';
import type { Hook } from '../../src/flow/index.ts';
import { flowScenario } from './flow-scenario.ts';
import { TestRun } from './test-run.ts';
import { MS, ONE, hooks, paths, runOf, settled, step } from './flow-run.ts';

describe('hooks', () => {
  const flow = `- { hook: work, sets: [token] }
- { step: s, target: a, http: { path: "/\${token}" } }`;
  const scenario = { flow, load: ONE, more: 'hooks: hooks.ts' };

  it('set variables for later steps', async () => {
    const made = runOf(scenario, undefined, hooks({ work: (c) => c.set('token', 'x') }));
    await made.run.whole();
    expect(paths(made)).toEqual(['/x']);
  });

  it('may take their time: the step behind is intended when they are over', async () => {
    const work: Hook = async (context) => {
      await new Promise<void>((resolve) => {
        made.run.clock.after(40 * MS, resolve);
      });
      context.set('token', 'late');
    };
    const made = runOf(scenario, undefined, hooks({ work }));
    made.run.engine.begin();
    made.run.clock.advance(40 * MS);
    await settled();
    made.run.clock.advance(60 * NS_PER_SEC);
    const result = await made.run.engine.ended;
    expect(made.sent).toEqual([{ path: '/late', seq: 0, intendedNs: 40 * MS, sentNs: 40 * MS }]);
    expect(result.finished.ok).toBe(1);
  });

  it.each<[string, Hook, string]>([
    [
      'throws',
      () => {
        throw new Error('no key');
      },
      'hook work: no key',
    ],
    ['rejects', () => Promise.reject(new Error('no key')), 'hook work: no key'],
    ['sets nothing', () => undefined, 'hook work: it has not set token'],
    [
      'sets what it may not',
      (c) => c.set('other', 1),
      'hook work: its flow does not name other under sets',
    ],
  ])('end the iteration where one %s', async (_, work, why) => {
    const made = runOf(scenario, undefined, hooks({ work }));
    made.run.engine.begin();
    made.run.clock.advance(NS_PER_SEC / 2);
    await settled();
    made.run.clock.advance(60 * NS_PER_SEC);
    const result = await made.run.engine.ended;
    expect(made.run.hookFailures).toEqual([why]);
    expect(made.run.counter('failed_hooks')).toBe(1);
    expect(made.run.counter('failed_iterations')).toBe(1);
    expect(made.sent).toEqual([]);
    expect(result).toMatchObject({ arrivals: 1, stopped: false });
  });

  it('that never end do not keep the run from its end', async () => {
    const made = runOf(scenario, undefined, hooks({ work: () => new Promise(() => undefined) }));
    const result = await made.run.whole();
    expect(result).toMatchObject({ arrivals: 1, endedNs: 31 * NS_PER_SEC });
    expect(made.sent).toEqual([]);
  });

  it('that end after the run was cancelled change nothing', async () => {
    let end = (): void => undefined;
    const work: Hook = () => new Promise((resolve) => (end = resolve));
    const made = runOf(scenario, undefined, hooks({ work }));
    made.run.engine.begin();
    made.run.clock.advance(100 * MS);
    made.run.engine.stop(0);
    const result = await made.run.engine.ended;
    end();
    await settled();
    made.run.clock.advance(NS_PER_SEC);
    expect(result).toMatchObject({ arrivals: 1, endedNs: 100 * MS, stopped: true });
    expect(made.sent).toEqual([]);
    expect(made.run.counter('failed_hooks')).toBe(0);
  });
});

describe('users with flows', () => {
  const flow = `${step('one')}- { think: { min: 0ms, max: 30ms } }
- parallel:
    - [{ step: two, target: a, http: { path: /two } }]
    - [{ step: three, target: b, http: { path: /three } }]`;

  it('make one iteration at a time, and each as often as was asked', async () => {
    const load = '[{ phase: p, users: 3, iterations: 20, for: 10s }]';
    const made = runOf({ flow, load }, (_, path) => ({ tookMs: path === '/one' ? 10 : 20 }));
    const result = await made.run.whole();
    expect(result.arrivals).toBe(20);
    expect(result.finished).toMatchObject({ ok: 60 });
    const iterations = [...Map.groupBy(made.sent, ({ seq }) => seq).values()].map((calls) => {
      const ns = calls.map(({ sentNs }) => sentNs);
      return { fromNs: Math.min(...ns), toNs: Math.max(...ns) + 20 * MS };
    });
    const underWayAt = (ns: Ns): number =>
      iterations.filter(({ fromNs, toNs }) => fromNs <= ns && ns < toNs).length;
    expect(iterations).toHaveLength(20);
    expect(Math.max(...iterations.map(({ fromNs }) => underWayAt(fromNs)))).toBe(3);
  });

  it('who go a way without a call do not keep the loop from anything else', async () => {
    const load = '[{ phase: p, users: 2, iterations: 50, for: 1s }]';
    const way = `- choose:
    - { weight: 1, do: [{ hook: nothing }] }
    - { weight: 1, do: [{ step: one, target: a, http: { path: /one } }] }`;
    const made = runOf(
      { flow: way, load, more: 'hooks: h.ts' },
      undefined,
      hooks({ nothing: () => undefined }),
    );
    const result = await made.run.whole();
    expect(result.arrivals).toBe(50);
    expect(result.finished.ok).toBe(made.sent.length);
    expect(made.sent.length).toBeGreaterThan(10);
    expect(made.sent.length).toBeLessThan(40);
  });
});

describe('a replay', () => {
  it('sends what each arrival is recorded to have called, whichever worker it is of', async () => {
    const recorded = ['/a?x=1', '/b', '/c d', '/e'];
    const parsed = flowScenario({
      flow: '- { step: s, target: a, http: { path: "${replay.path}", headers: { m: "${replay.method}" } } }',
      load: '[{ phase: p, replay: { file: access.log } }]',
    });
    const [phase] = parsed.load;
    if (phase?.replay === undefined) throw new Error('the phase is a replay');
    const replay = {
      ...phase.replay,
      offsetsNs: Float64Array.of(0, 10 * MS, 10 * MS, 30 * MS),
      requests: recorded.map((path) => ({ method: 'PUT', path })),
    };
    const scenario = { ...parsed, load: [{ ...phase, durationNs: 31 * MS, replay }] };
    const runs = [0, 1].map((index) => new TestRun({ scenario, shard: { index, count: 2 } }));
    await Promise.all(runs.map((run) => run.whole()));
    const sent = runs
      .flatMap((run) => run.driver().started)
      .toSorted((a, b) => a.seq - b.seq)
      .map(({ request }) => request);
    expect(sent.map((request) => request?.path)).toEqual(['/a?x=1', '/b', '/c%20d', '/e']);
    expect(sent[0]?.headers).toEqual([['m', 'PUT']]);
  });
});

describe('stop', () => {
  it('in a pause lets it pass within the grace', async () => {
    const flow = `${step('one')}- { think: 200ms }\n${step('two')}`;
    const made = runOf({ flow, load: ONE });
    made.run.engine.begin();
    made.run.clock.advance(50 * MS);
    made.run.engine.stop(NS_PER_SEC);
    made.run.clock.advance(NS_PER_SEC);
    const result = await made.run.engine.ended;
    expect(paths(made)).toEqual(['/one', '/two']);
    expect(result).toMatchObject({ endedNs: 220 * MS, finished: { ok: 2, cancelled: 0 } });
  });

  it('in a pause that is longer than the grace ends the iteration there', async () => {
    const flow = `${step('one')}- { think: 5s }\n${step('two')}`;
    const made = runOf({ flow, load: ONE });
    made.run.engine.begin();
    made.run.clock.advance(50 * MS);
    made.run.engine.stop(100 * MS);
    made.run.clock.advance(10 * NS_PER_SEC);
    const result = await made.run.engine.ended;
    expect(paths(made)).toEqual(['/one']);
    expect(result).toMatchObject({ endedNs: 150 * MS, stopped: true, finished: { ok: 1 } });
  });

  it('in a group cancels what its branches have under way, calls and pauses', async () => {
    const flow = `- parallel:
    - [{ step: one, target: a, http: { path: /one } }]
    - [{ think: 5s }, { step: two, target: a, http: { path: /two } }]
    - [{ step: three, target: b, http: { path: /three } }]
- { step: after, target: a, http: { path: /after } }`;
    const made = runOf({ flow, load: ONE }, () => ({ tookMs: 3_000 }), { connections: 1 });
    made.run.engine.begin();
    made.run.clock.advance(50 * MS);
    made.run.engine.stop(0);
    const result = await made.run.engine.ended;
    expect(result).toMatchObject({ arrivals: 1, endedNs: 50 * MS, finished: { cancelled: 2 } });
    expect(made.run.counter('failed_iterations')).toBe(1);
  });

  it('at the end of the schedule gives pauses the graceful stop', async () => {
    const flow = `- { think: 5s }\n${step('one')}`;
    const made = runOf({ flow, load: ONE }, undefined, { gracefulStopNs: NS_PER_SEC });
    const result = await made.run.whole();
    expect(result).toMatchObject({ endedNs: 2 * NS_PER_SEC, arrivals: 1, stopped: false });
    expect(made.sent).toEqual([]);
  });
});
