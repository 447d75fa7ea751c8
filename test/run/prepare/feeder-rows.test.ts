import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { NS_PER_MS, NS_PER_SEC } from '../../../src/core/index.ts';
import { compileFlows } from '../../../src/flow/index.ts';
import { endWithRows } from '../../../src/run/prepare/end-with-rows.ts';
import { withRowCounts } from '../../../src/run/prepare/row-counts.ts';
import { asReady, parseScenario, type Scenario } from '../../../src/scenario/index.ts';
import { workerShare } from '../../../src/sender/worker-share.ts';
import { VirtualRun } from '../../../src/simulate/index.ts';
import { scheduleOf } from '../../../src/schedule/index.ts';
import { errorOf } from '../../scenario/texts.ts';

interface Text {
  readonly rows: number;
  readonly keys: string;
  readonly load: readonly string[];
  readonly more?: string;
}

function textOf({ rows, keys, load, more = '' }: Text): string {
  const list = Array.from({ length: rows }, (_, id) => `{ id: ${id} }`).join(', ');
  return `name: rows
targets: { t: { url: "http://127.0.0.1:1" } }
feeders: { users: { rows: [${list}], ${keys} } }
flows:
  f: [{ step: a, target: t, http: { path: "/\${users.id}" } }]
  g: [{ step: b, target: t, http: { path: /none } }]
load:
${load.map((phase, i) => `  - { phase: p${i}, ${phase.startsWith('flow:') ? '' : 'flow: f, '}${phase} }`).join('\n')}
${more}`;
}

function planned(text: Text): Scenario {
  const parsed = { ...parseScenario(textOf(text), 's.yaml'), files: [] };
  const counted = withRowCounts(parsed, compileFlows(parsed).rowCounts);
  return { ...counted, load: endWithRows(counted, counted.load) };
}

interface Sent {
  readonly row: number;
  readonly phase: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** What so many workers send of a scenario together. */
async function sentBy(scenario: Scenario, count: number): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const runs = Array.from({ length: count }, (_, index) => {
    const shard = { index, count };
    return new VirtualRun({
      scenario: workerShare(asReady({ ...scenario, files: [] }), shard),
      shard,
      answer: ({ seq, request, phaseIndex }, fromNs) => {
        const toNs = fromNs + (1 + ((seq * 7) % 23)) * NS_PER_MS;
        const row = Number(request?.path.slice(1));
        sent.push({ row, phase: phaseIndex, fromNs, toNs });
        return { atNs: toNs };
      },
    });
  });
  await Promise.all(runs.map((run) => run.whole()));
  return sent;
}

const rowsOf = (sent: readonly Sent[]): number[] =>
  sent.map(({ row }) => row).toSorted((a, b) => a - b);
const firstRows = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.each([1, 2, 7])('once, with %i workers', (workers) => {
  test('an open load ends with the rows, each given once', async () => {
    const cases = fc.record({
      process: fc.constantFrom('constant', 'poisson'),
      rows: fc.integer({ min: 21, max: 60 }),
      order: fc.constantFrom('sequential', 'shuffled'),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ process, rows, order }) => {
        const scenario = planned({
          rows,
          keys: `once: true, order: ${order}`,
          load: [
            'arrivals: { process: constant, rate: 20/s }, for: 1s, measure: false',
            `arrivals: { process: ${process}, rate: 50/s }, for: 60s`,
          ],
        });
        expect(rowsOf(await sentBy(scenario, workers))).toEqual(firstRows(rows));
        const { durationNs, expectedCount } = scheduleOf(scenario);
        expect(expectedCount).toBe(rows);
        expect(durationNs).toBeLessThan(10 * NS_PER_SEC);
      }),
      { numRuns: 20 },
    );
  });

  test('users make one iteration per row that is left', async () => {
    const cases = fc.record({
      rows: fc.integer({ min: 12, max: 60 }),
      before: fc.integer({ min: 1, max: 11 }),
      users: fc.integer({ min: 7, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, before, users }) => {
        const scenario = planned({
          rows,
          keys: 'once: true',
          load: [
            `arrivals: { process: constant, rate: ${before}/s }, for: 1s`,
            `users: ${users}, for: 60s`,
          ],
        });
        expect(rowsOf(await sentBy(scenario, workers))).toEqual(firstRows(rows));
      }),
      { numRuns: 20 },
    );
  });

  test('fewer arrivals than rows are not touched', async () => {
    const load = [
      'arrivals: { process: constant, rate: 10/s }, for: 1s',
      'users: 7, iterations: 9, for: 9s',
    ];
    const scenario = planned({ rows: 40, keys: 'once: true', load });
    expect(scenario.load.map(({ rowsEnd }) => rowsEnd)).toEqual([undefined, undefined]);
    expect(rowsOf(await sentBy(scenario, workers))).toEqual(firstRows(19));
  });

  test('each user keeps its row, and never shares it', async () => {
    const cases = fc.record({
      first: fc.integer({ min: 7, max: 20 }),
      second: fc.integer({ min: 7, max: 20 }),
      think: fc.constantFrom('0s', '{ min: 1ms, max: 40ms }'),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ first, second, think }) => {
        const scenario = planned({
          rows: 20,
          keys: 'per: user',
          load: [
            `users: ${first}, think: ${think}, for: 200ms`,
            `users: ${second}, think: ${think}, for: 300ms`,
          ],
        });
        const sent = await sentBy(scenario, workers);
        for (const [phase, users] of [first, second].entries()) {
          const rows = new Set(sent.filter((call) => call.phase === phase).map(({ row }) => row));
          expect([...rows].toSorted((a, b) => a - b)).toEqual(firstRows(users));
        }
        const ofRow = Map.groupBy(sent, ({ row }) => row);
        for (const calls of ofRow.values()) {
          const inOrder = calls.toSorted((a, b) => a.fromNs - b.fromNs);
          for (const [i, call] of inOrder.entries()) {
            expect(call.fromNs).toBeGreaterThanOrEqual(inOrder[i - 1]?.toNs ?? 0);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

test('a cut phase says so, and ends when the first arrival without a row would come', () => {
  const [phase] = planned({
    rows: 10,
    keys: 'once: true',
    load: ['arrivals: { process: constant, rate: 50/s }, for: 60s'],
  }).load;
  expect(phase).toMatchObject({
    durationNs: 0.2 * NS_PER_SEC,
    rowsEnd: { arrivals: 10, rows: 10, of: 'users' },
  });
});

describe('what cannot be done is refused', () => {
  const arrivals = 'arrivals: { rate: 50/s }, for: 60s';
  test.each([
    [
      'once: true',
      [arrivals, arrivals],
      'are used up before p1 can begin (feeders.users.once, s.yaml:',
    ],
    ['once: true', ['users: 9, for: 1s', arrivals], 'users must be in the last phase'],
    [
      'once: true',
      ['flow: g, saturate: { connections: 1 }, for: 1s'],
      'saturate makes a number of calls',
    ],
    ['once: true, order: random', [arrivals], 'must not have both once and order: random'],
    ['once: true, per: user', ['users: 1, for: 1s'], 'must not have both once and per: user'],
    ['per: user, order: random', ['users: 1, for: 1s'], 'must not have both per: user and order'],
    ['per: user', [arrivals], 'the phase "p0" must have users'],
    [
      'per: user',
      ['users: 1, for: 1s', `flow: g, ${arrivals}`, 'users: 1, for: 1s'],
      'the phase "p1" stands between',
    ],
    ['per: user', ['users: 11, for: 1s'], '11 users must have a row each, and users has 10'],
  ])('%s, %j', (keys, load, message) => {
    expect(errorOf(() => planned({ rows: 10, keys, load })).message).toContain(message);
  });

  test('a row in setup', () => {
    const more = 'setup: [{ step: s, target: t, http: { path: "/${users.id}" } }]\n';
    const of = { rows: 2, keys: 'once: true', load: [arrivals], more };
    expect(errorOf(() => planned(of)).message).toContain('${users.id} stands in setup');
  });

  test('more workers than users that share rows', () => {
    const of = { rows: 9, keys: 'once: true', load: ['users: 2, for: 1s'] };
    const more = 'engine: { workers: 7 }\n';
    expect(errorOf(() => planned({ ...of, more })).message).toContain(
      'workers must be at most the 2',
    );
  });
});
