import { expect, test } from 'vitest';
import { loadText, planText } from '../../src/cli/load-text.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { scheduleOf } from '../../src/schedule/index.ts';

test.each([
  [['arrivals: { rate: 10/s }, for: 2s'], 'about 20 arrivals'],
  [['users: 1, for: 2s'], '1 user'],
  [['users: 4, for: 1h, iterations: 20000'], '20,000 iterations of 4 users'],
  [['users: 4, for: 1s, iterations: 20', 'users: 9, for: 1s'], '9 users'],
  [['saturate: { connections: 64 }, for: 2s'], '64 saturated connections'],
  [['replay: { run: latest }'], 'the arrivals of a stored run'],
  [
    [
      'arrivals: { rate: 10/s }, for: 2s',
      'users: 5, for: 1s',
      'saturate: { connections: 1 }, for: 1s',
    ],
    'about 20 arrivals, 5 users and 1 saturated connection',
  ],
  [
    ['arrivals: { steps: { from: 1/s, to: 3/s, by: 1/s, each: 10s } }', 'replay: { run: latest }'],
    'about 60 arrivals and the arrivals of a stored run',
  ],
])('%j', (phases, text) => {
  const scenario = parseScenario(
    `name: s
targets: { t: { url: "http://127.0.0.1:1" } }
flows: { f: [{ step: a, target: t, http: { path: / } }] }
load:
${phases.map((phase, i) => `  - { phase: p${i}, ${phase} }`).join('\n')}
`,
    's.yaml',
  );
  expect(loadText(scheduleOf(scenario))).toBe(text);
});

test('iterations that bound a phase make its time a bound too', () => {
  const scenario = parseScenario(
    `name: s
targets: { t: { url: "http://127.0.0.1:1" } }
flows: { f: [{ step: a, http: / }] }
load: [{ phase: p, users: 4, for: 1h, iterations: 20000 }]
`,
    's.yaml',
  );
  expect(planText(scenario, scheduleOf(scenario))).toBe(
    '20,000 iterations of 4 users, ended after 1h 00m at the latest',
  );
});

test('a search for capacity is said with thousands marked', () => {
  const scenario = parseScenario(
    `name: s
targets: { t: { url: "http://127.0.0.1:1" } }
flows: { f: [{ step: a, target: t, http: { path: / } }] }
load:
  - { phase: find, capacity: { objective: "a.response p(95) < 50ms", from: 0.5/s, to: 2000/s } }
`,
    's.yaml',
  );
  expect(planText(scenario, scheduleOf(scenario))).toBe(
    'a search for capacity from 0.5/s to 2,000/s',
  );
});

test('beside phases that time ends, iterations make the whole a bound', () => {
  const scenario = parseScenario(
    `name: s
targets: { t: { url: "http://127.0.0.1:1" } }
flows: { f: [{ step: a, http: / }] }
load: [{ phase: p, users: 4, for: 1h, iterations: 20 }, { phase: q, users: 2, for: 1h }]
`,
    's.yaml',
  );
  expect(planText(scenario, scheduleOf(scenario))).toBe('2h 00m at most, 4 users');
});
