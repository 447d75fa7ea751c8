import { describe, expect, it } from 'vitest';
import {
  renderDocument,
  renderJson,
  renderMarkdown,
  renderTerminal,
  renderWhyJson,
  whyDocument,
  WHY_VERSION,
  type WhyReport,
} from '../../src/report/index.ts';
import { explainWhy, type Why, type WhyOfRun } from '../../src/why/index.ts';
import { expectGolden } from '../golden/golden.ts';
import { modelledRun, targetOf, type Trouble } from '../why/modelled-calls.ts';
import { composeReport } from './compose.ts';
import { troubledRun } from './sample-runs.ts';
import { USUAL_THRESHOLDS } from '../gate/threshold-specs.ts';

function whyOf(trouble: Trouble, limitMs?: number, withBaseline = false): Why {
  const baseline = { ...modelledRun(9, 300), phases: ['steady'] };
  const options = { seed: 1, ...(withBaseline && { baseline }) };
  return explainWhy(targetOf(limitMs), modelledRun(1, 300, { trouble }), options);
}

const SLOW_TENANT: Trouble = { slow: { at: 'stock', ms: 60, tenant: 'acme' } };
const REFUSED: Trouble = { refused: { ratio: 0.15, attempts: 3 } };

function ofRun(whys: readonly Why[], changes: Partial<WhyOfRun> = {}): WhyOfRun {
  const entries = whys.map((why) => ({ text: why.target.text, why, silence: '' }));
  return { runId: 'aaaaaaaa10000001', entries, left: 0, invalid: '', baselineNote: '', ...changes };
}

function reportOf(why: WhyOfRun): WhyReport {
  return { why, scenario: 'checkout', storedAt: 'a store', command: (text) => `callgauge ${text}` };
}

function textOf(why: WhyOfRun, width = 80): string {
  return renderDocument(whyDocument(reportOf(why)), { width, color: false });
}

it.each([80, 120])('is text for a terminal of %d columns', (width) => {
  const silent = {
    text: 'dropped count == 0',
    silence: 'arrivals that were not sent have no trace',
  };
  const found = ofRun([whyOf(SLOW_TENANT, 45, true), whyOf(REFUSED)]);
  const text = textOf({ ...found, entries: [...found.entries, silent] }, width);
  expectGolden(`why-${width}`, text);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
});

it('is Markdown for a pull request', () => {
  expectGolden('why-markdown', renderMarkdown(whyDocument(reportOf(ofRun([whyOf(REFUSED)])))));
});

it('is JSON with a version, and null for what is not known', () => {
  const json: unknown = JSON.parse(renderWhyJson(ofRun([whyOf(SLOW_TENANT, 45)])));
  expect(json).toMatchObject({
    version: WHY_VERSION,
    runId: 'aaaaaaaa10000001',
    thresholds: [
      {
        silence: '',
        why: { step: 'buy', edge: null, state: 'explained', against: null, bad: { kind: 'slow' } },
      },
    ],
  });
});

describe('says', () => {
  it('that no call is within the limit, and names no cause', () => {
    const text = textOf(ofRun([whyOf({}, 1)]));
    expect(text).toContain('No call is otherwise');
    expect(text).toMatch(/nothing explains it\n/u);
  });

  it('that the generator was the cause', () => {
    const text = textOf(ofRun([], { invalid: '12% of the arrivals were late' }));
    expect(text).toMatch(/invalid\n/u);
    expect(text).toContain('12% of the arrivals were late');
  });

  it('that no threshold failed', () => {
    const text = textOf(ofRun([]));
    expect(text).toMatch(/no threshold failed\n/u);
    expect(text).not.toContain('why checkout failed');
  });
});

describe('the section of a report', () => {
  it('has at most 8 lines for one threshold, and the command that has more', async () => {
    const report = await composeReport(troubledRun(), USUAL_THRESHOLDS);
    const why = ofRun([whyOf(SLOW_TENANT, 45)]);
    const text = renderTerminal({ ...report, why }, { width: 100, color: false });
    const lines = text.split('\n');
    const from = lines.indexOf('Why');
    const section = lines.slice(from, lines.indexOf('', from));
    expectGolden('why-section', `${section.join('\n')}\n`);
    expect(section.length).toBeLessThanOrEqual(10);
    expect(section.at(-1)).toBe('  more: callgauge why aaaaaaaa10000001');
    expect(JSON.parse(renderJson({ ...report, why }))).toMatchObject({
      results: { why: { thresholds: [{ why: { state: 'explained' } }] } },
    });
  });

  it('is absent where nothing is to be explained', async () => {
    const report = await composeReport(troubledRun(), USUAL_THRESHOLDS);
    expect(renderTerminal(report, { width: 100, color: false })).not.toMatch(/^Why$/mu);
    expect(JSON.parse(renderJson(report))).toMatchObject({ results: { why: null } });
  });
});

it('names a call that reached nobody known by what is called', () => {
  const why = whyOf({}, 15);
  const place = {
    kind: 'way',
    service: 'callgauge',
    callee: '',
    operation: 'buy',
    below: '',
  } as const;
  const text = textOf(
    ofRun([
      {
        ...why,
        state: 'all',
        usual: [{ place, ns: 5e6 }],
        examples: [
          { traceId: 'a'.repeat(32), tookNs: 9e6, outcome: 'ok', path: [{ place, ns: 9e6 }] },
        ],
      },
    ]),
    120,
  );
  expect(text).toContain('Calls spend most at callgauge → buy 5.00 ms.');
  expect(text).toContain('callgauge → buy 9.00 ms');
  expect(text).not.toContain('→ ?');
});

it('calls the other version of the same run A', () => {
  const why = whyOf({ slow: { at: 'stock', ms: 60 } }, 15, true);
  if (why.against === undefined) throw new Error('it is held against a baseline');
  const text = textOf(ofRun([{ ...why, against: { ...why.against, version: 'A' } }]), 120);
  expect(text).toContain('Against A calls take ');
  expect(text).toContain('All calls, against those of A');
});

it('has traces of the calls that the gate failed for in a report', async () => {
  const why = ofRun([whyOf({ slow: { at: 'stock', ms: 60 } }, 15)]);
  const [first, second, third] = why.entries[0]?.why?.examples ?? [];
  const report = await composeReport(troubledRun(), USUAL_THRESHOLDS);
  const text = renderTerminal({ ...report, why }, { width: 120, color: false });
  expect(text).toMatch(
    new RegExp(`The slowest: ${first?.traceId} [\\d.]+ ms, ${second?.traceId} `, 'u'),
  );
  expect(text).not.toContain(third?.traceId);
});
