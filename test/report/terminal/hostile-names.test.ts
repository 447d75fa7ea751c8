import fc from 'fast-check';
import { expect, it } from 'vitest';

import { renderRuns, renderTerminal, renderTrace } from '../../../src/report/index.ts';
import { runRecord } from '../../analyze/memory-source.ts';
import { threshold } from '../../gate/threshold-specs.ts';
import { HOSTILE, hostileText, unprintableIn } from '../../core/hostile-text.ts';
import { composeReport } from '../compose.ts';
import { troubledRun } from '../sample-runs.ts';
import { failedTrace } from '../sample-trace.ts';

/** Fields whose text is a service's, a store's or a file's, and does not choose among few words. */
const FREE_TEXT: ReadonlySet<string> = new Set([
  'name',
  'step',
  'phase',
  'target',
  'scenario',
  'service',
  'lastOutput',
  'error',
  'reason',
  'message',
  'serviceName',
  'statusMessage',
  'operation',
  'caller',
  'callee',
  'place',
  'toxic',
  'verdict',
]);

/** Returns the value with something added to each of its free texts, and to every attribute. */
function marred<T>(value: T, added: string): T {
  const change = (held: unknown, key: string, isAttribute: boolean): unknown => {
    if (typeof held === 'string') return isAttribute || FREE_TEXT.has(key) ? held + added : held;
    if (Array.isArray(held)) return held.map((item) => change(item, key, isAttribute));
    if (held === null || typeof held !== 'object') return held;
    if (ArrayBuffer.isView(held) || Object.getPrototypeOf(held) !== Object.prototype) return held;
    const inside = isAttribute || key === 'attributes';
    return Object.fromEntries(
      Object.entries(held).map(([name, item]) => [name, change(item, name, inside)]),
    );
  };
  return change(value, '', false) as T;
}

/** Colours of our own; every one of them ends with its line. */
// oxlint-disable-next-line no-control-regex
const STYLE = /\u001b\[(?:1|2|22|31|32|33|36|39)m/gu;

function expectOnlyText(text: string, color: boolean): void {
  expect(unprintableIn(color ? text.replace(STYLE, '') : text)).toEqual([]);
  // A name brings no colour of its own: as many begin as end.
  expect((text.match(STYLE) ?? []).length % 2).toBe(0);
}

it('no name reaches the terminal as it came by a report', async () => {
  const added = HOSTILE.join('x');
  const unmet = { ...threshold('x.response p(99) < 1ms', { step: 'x' }), text: `x ${added}` };
  const troubled = troubledRun();
  const end = { service: 'api', code: 1, signal: null, atNs: 1, lastOutput: 'Error: x' };
  const stored = { ...troubled, run: { ...troubled.run, serviceEnds: [end] } };
  const report = await composeReport(marred(stored, added), [unmet]);
  for (const color of [true, false]) {
    expectOnlyText(renderTerminal(report, { color, width: 80 }), color);
  }
});

it.each([true, false])('nor by a trace, nor by the list of runs, in colour: %s', (color) => {
  const style = { color, width: 80 };
  fc.assert(
    fc.property(hostileText(), (added) => {
      expectOnlyText(renderTrace(marred(failedTrace(), added), style), color);
      expectOnlyText(renderRuns([marred(runRecord(), added)], style), color);
    }),
    { numRuns: 25, examples: [[HOSTILE.join('x')]] },
  );
});
