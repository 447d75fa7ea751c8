import { describe, expect, it } from 'vitest';
import { renderTraces } from '../../../src/report/index.ts';
import type { FoundTrace } from '../../../src/spans/index.ts';
import { expectGolden } from '../../golden/golden.ts';

const found: readonly FoundTrace[] = [
  trace({}),
  trace({
    traceId: 'b'.repeat(32),
    durationNs: 61_500_000_000n,
    spanCount: 12_345,
    failedCount: 3,
    name: 'GET /a/long/path/that/goes/on/and/on/beyond/the/edge/of/the/terminal',
    match: {
      serviceName: 'pay\u001b[31m',
      name: 'charge',
      durationNs: 1_234_567n,
      spanCount: 2,
    },
  }),
];

describe('the list of traces', () => {
  it('has a row each, with the span that was looked for', () => {
    const wide = renderTraces(found, { color: false, width: 120, showsMatches: true });
    expectGolden('traces', wide);
    for (const width of [80, 100]) {
      const lines = renderTraces(found, { color: false, width, showsMatches: true }).split('\n');
      expect(lines.filter((line) => line.length > width)).toEqual([]);
    }
  });

  it('has rows alone where no span was looked for', () => {
    const lines = renderTraces(found, { color: false, width: 120, showsMatches: false });
    expect(lines.split('\n').filter((line) => line.includes('└'))).toEqual([]);
    expect(lines.match(/^[ab]{32} /gmu)).toHaveLength(2);
  });

  it('says that there is none', () => {
    expect(renderTraces([], { color: false, width: 80, showsMatches: true })).toBe(
      'no trace is as was asked for\n',
    );
  });
});

function trace(changes: Partial<FoundTrace>): FoundTrace {
  return {
    traceId: 'a'.repeat(32),
    startEpochNs: 1_767_322_800_000_000_000n,
    durationNs: 250_000_000n,
    serviceName: 'front',
    name: 'GET /',
    spanCount: 7,
    failedCount: 0,
    serviceCount: 4,
    match: { serviceName: 'cart', name: 'read', durationNs: 99_000_000n, spanCount: 1 },
    ...changes,
  };
}
