import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { NS_PER_MS } from '../../src/core/index.ts';
import {
  scenarioText,
  type FirstPlan,
  type Measurement,
  type StepFinding,
} from '../../src/init/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { expectGolden } from '../golden/golden.ts';
import { OPENAPI_3_0, OPENAPI_3_1, SWAGGER_2_0 } from '../openapi/descriptions.ts';
import { ALL_METHODS, planOf } from './plan.ts';

const UNMEASURED: Measurement = {
  kind: 'none',
  reason: 'nothing was called (--no-measure)',
  findings: new Map(),
};

function measured(findings: readonly (readonly [string, StepFinding])[]): Measurement {
  return {
    kind: 'measured',
    startedEpochMs: Date.UTC(2026, 10, 30, 12),
    ratePerSec: 50,
    machine: '2 cores of Some CPU, linux-x64',
    findings: new Map(findings),
  };
}

const ok = (percent: number): StepFinding => ({
  kind: 'ok',
  calls: 500,
  errors: 0,
  errorLimit: 0.01,
  timeLimit: {
    percent,
    limitNs: 45 * NS_PER_MS,
    upperNs: 22 * NS_PER_MS,
    n: 500,
    interval: { valueNs: 18 * NS_PER_MS, lowerNs: 15 * NS_PER_MS, upperNs: 22 * NS_PER_MS },
  },
});

describe('the scenario of a description', () => {
  it.each([
    ['openapi-3.0', OPENAPI_3_0],
    ['openapi-3.1', OPENAPI_3_1],
    ['swagger-2.0', SWAGGER_2_0],
  ])('%s: every construct has its value, and what is left out its reason', (name, text) => {
    const { plan, skipped } = planOf(text, { methods: ALL_METHODS });
    const file = scenarioText(plan, UNMEASURED).text;
    expectGolden(`init/${name}`, `${file}\nleft out:\n${skipped.join('\n')}\n`);
    expect(parseScenario(file, 'callgauge.yaml').flows[0]?.steps).toHaveLength(plan.steps.length);
  });

  it('calls GET alone unless more is asked for', () => {
    const { plan, skipped } = planOf(OPENAPI_3_0);
    expect(new Set(plan.steps.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(skipped).toContain('POST /books: changes data, or may: --method POST');
  });

  it('makes each of many calls as likely as the others', () => {
    const paths = Array.from({ length: 250 }, (_, i) => [`/p${i}`, { get: {} }] as const);
    const { plan } = planOf(JSON.stringify({ openapi: '3.0.0', paths: Object.fromEntries(paths) }));
    const { text } = scenarioText(plan, UNMEASURED);
    expect(parseScenario(text, 'callgauge.yaml').flows[0]?.steps).toHaveLength(250);
    const [{ choose }] = parse(text).flows.calls;
    expect(choose.map((way: { weight: number }) => way.weight)).toEqual([100, 100, 50]);
    expect(choose.map((way: { do: [{ choose: unknown[] }] }) => way.do[0].choose.length)).toEqual([
      100, 100, 50,
    ]);
  });

  it('takes those of a tag, and those of a path', () => {
    const origins = (choice: Parameters<typeof planOf>[1]): readonly string[] =>
      planOf(OPENAPI_3_0, choice).plan.steps.map(({ origin }) => origin);
    expect(origins({ tags: ['books'] })).toEqual(['GET /books']);
    expect(origins({ paths: ['/books/*'] })).toEqual([
      'GET /books/{bookId}',
      'GET /books/{bookId}/pages/{page}',
    ]);
    expect(origins({ paths: ['/books'] })).toEqual(['GET /books']);
  });
});

describe('the scenario of a measurement', () => {
  const { plan } = planOf(OPENAPI_3_0);
  const names = plan.steps.map(({ name }) => name);

  it('has its limits with what they rest on, and failed steps as comments', () => {
    const [first = '', second = '', third = ''] = names;
    const { text, called } = scenarioText(
      plan,
      measured([
        [first, { kind: 'failed', seen: 'API_KEY is not set, so it was not called' }],
        [second, ok(99)],
        [third, { kind: 'ok', calls: 12, errors: 1, errorLimit: 0.68 }],
        ...names
          .slice(3)
          .map((name) => [name, { kind: 'failed', seen: 'answered with status 404' }] as const),
      ]),
    );
    expectGolden('init/measured', text);
    expect(called).toEqual([second, third]);
    const scenario = parseScenario(text, 'callgauge.yaml');
    expect(scenario.flows[0]?.steps.map(({ name }) => name)).toEqual(called);
    expect(scenario.thresholds.map(({ text: threshold }) => threshold)).toEqual([
      `${second}.response p(99) < 45ms`,
      `${second}.errors rate < 1%`,
      `${third}.errors rate < 68%`,
      'dropped count == 0',
    ]);
  });

  it('keeps the steps where all failed: a scenario without one is none', () => {
    const all = names.map((name) => [name, { kind: 'failed', seen: 'status 500' }] as const);
    const { text, called } = scenarioText(plan, { ...UNMEASURED, findings: new Map(all) });
    expect(called).toEqual(names);
    expect(parseScenario(text, 'callgauge.yaml').flows[0]?.steps).toHaveLength(names.length);
    expect(text).toContain('# status 500');
  });

  it('lets no text out of its comment', () => {
    const [step] = plan.steps;
    const remarks = ['a\nname: other', 'b\u2028- c', '\u0007', ''];
    const steps = step === undefined ? [] : [{ ...step, origin: 'GET /\r\nx: 1', remarks }];
    const seen = 'status 500\n- do: []\u0085';
    const odd: FirstPlan = { ...plan, steps: [...steps, ...plan.steps.slice(1)], from: 'a\nb: 1' };
    const finding = { kind: 'failed', seen } as const;
    for (const findings of [new Map(), new Map([[step?.name ?? '', finding]])]) {
      const { text, called } = scenarioText(odd, { ...UNMEASURED, reason: 'x\ny', findings });
      const { flows, name } = parseScenario(text, 'callgauge.yaml');
      expect(name).toBe(plan.name);
      expect(flows[0]?.steps.map((one) => one.name)).toEqual(called);
    }
  });
});
