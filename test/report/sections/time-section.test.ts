import { describe, expect, it } from 'vitest';
import { type CallClock, type HistogramSlice, NS_PER_MS } from '../../../src/core/index.ts';
import { renderTerminal } from '../../../src/report/index.ts';
import { composeReport } from '../compose.ts';
import { counters, thinRun } from '../sample-runs.ts';

const CALLS = 5_000;

describe('where the time goes', () => {
  // Calls of a thin run tell no p99.9, and no more do their parts.
  it('shows parts of calls and of connects, and how many took up a session', async () => {
    const lines = await sectionOf([
      ofStep('wait', 2),
      ofStep('first_byte', 9),
      ofStep('body', 3),
      ofTarget('connect', 6),
      ofTarget('dns', 1),
      ofTarget('tcp', 2),
      ofTarget('tls', 3),
    ]);
    expect(lines).toEqual([
      'Where the time goes',
      '                                p50      p99    p99.9      max      n',
      '  create-order  wait        2.00 ms  2.00 ms        -  2.00 ms  5,000',
      '                first byte  9.00 ms  9.00 ms        -  9.00 ms  5,000',
      '                body        3.00 ms  3.00 ms        -  3.00 ms  5,000',
      '  orders        connect     6.00 ms  6.00 ms  6.00 ms  6.00 ms  5,000',
      '                  DNS       1.00 ms  1.00 ms  1.00 ms  1.00 ms  5,000',
      '                  TCP       2.00 ms  2.00 ms  2.00 ms  2.00 ms  5,000',
      '                  TLS       3.00 ms  3.00 ms  3.00 ms  3.00 ms  5,000',
      '  30 of 40 connections of the measured phases took up a TLS session (75.0%)',
    ]);
  });

  it('shows the time of the messages of a stream', async () => {
    const lines = await sectionOf([ofStep('first_byte', 9), ofStep('message', 20)]);
    expect(lines.slice(2)).toEqual([
      '  create-order  first byte  9.00 ms  9.00 ms      -  9.00 ms  5,000',
      '                message     20.0 ms  20.0 ms      -  20.0 ms  5,000',
    ]);
  });

  it('leaves out what takes next to no time', async () => {
    const lines = await sectionOf([
      ofStep('wait', 0.01),
      ofStep('first_byte', 9),
      ofStep('body', 3),
    ]);
    expect(lines.map((line) => line.trim().split(/ {2,}/u)[0])).toEqual([
      'Where the time goes',
      'p50',
      'create-order',
      'body',
    ]);
  });

  it('leaves out what takes no time where no median says what little is', async () => {
    const parts = [ofStep('wait', 2), ofStep('first_byte', 9), ofStep('body', 1 / NS_PER_MS)];
    const seconds = thinRun().seconds.filter(({ clock }) => clock !== 'service');
    const text = (await sectionOf(parts, seconds)).join('\n');
    expect(text).toContain('first byte');
    expect(text).not.toContain('body');
  });

  it('is not there where the first byte is all, and the connect nothing but itself', async () => {
    const parts = [ofStep('wait', 0.01), ofStep('first_byte', 12), ofStep('body', 0.02)];
    expect(await sectionOf([...parts, ofTarget('connect', 1), ofTarget('tcp', 1)])).toEqual([]);
  });
});

async function sectionOf(
  slices: readonly HistogramSlice[],
  seconds = thinRun().seconds,
): Promise<readonly string[]> {
  const thin = thinRun();
  const stored = {
    ...thin,
    seconds: [...seconds, ...slices],
    counters: [...(thin.counters ?? []), ...counters({ connects: 40, tls_resumed: 30 })],
  };
  const text = renderTerminal(await composeReport(stored, []), { color: false, width: 100 });
  const section = text.split('\n\n').find((block) => block.startsWith('Where the time goes'));
  return section?.split('\n') ?? [];
}

function ofStep(clock: CallClock, ms: number): HistogramSlice {
  return slice(clock, ms, 'create-order');
}

function ofTarget(clock: CallClock, ms: number): HistogramSlice {
  return slice(clock, ms, '');
}

function slice(clock: CallClock, ms: number, step: string): HistogramSlice {
  return {
    second: 10,
    phase: 'steady',
    step,
    target: 'orders',
    outcome: 'ok',
    clock,
    valueNs: [ms * NS_PER_MS],
    count: [CALLS],
  };
}
