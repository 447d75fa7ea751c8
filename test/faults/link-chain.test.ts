import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../src/core/index.ts';
import { LinkChain, type ChainIdentity } from '../../src/faults/index.ts';
import type { ToxicSpec } from '../../src/faults/index.ts';
import { RecordedOutput } from './recorded-output.ts';

function latency(latencyMs: number, jitterMs = 0, toxicity = 1): ToxicSpec {
  return {
    type: 'latency',
    stream: 'downstream',
    toxicity,
    settings: { latencyNs: latencyMs * NS_PER_MS, jitterNs: jitterMs * NS_PER_MS },
  };
}

function reset(afterMs: number): ToxicSpec {
  return {
    type: 'reset_peer',
    stream: 'downstream',
    toxicity: 1,
    settings: { timeoutNs: afterMs * NS_PER_MS },
  };
}

function setUp(options: Partial<ChainIdentity> = {}) {
  const { seed = 1, connection = 0, direction = 'downstream' } = options;
  const clock = new VirtualClock();
  const out = new RecordedOutput(clock);
  const touched: string[] = [];
  const identity = { seed, proxy: 'payment', connection, direction };
  const chain = new LinkChain(clock, identity, out, (name) => touched.push(name));
  const write = (text: string): void =>
    chain.data({ bytes: Buffer.from(text), receivedNs: clock.nowNs() });
  return { clock, out, chain, touched, write };
}

/** The delay of the first chunk of each of many connections. */
function delaysMs(connections: number): number[] {
  return Array.from({ length: connections }, (_, connection) => {
    const { chain, clock, out, write } = setUp({ connection });
    chain.add({ name: 'slow', ...latency(50, 20) });
    write('a');
    clock.advance(100 * NS_PER_MS);
    return (out.chunks[0]?.atNs ?? NaN) / NS_PER_MS;
  });
}

/** Whether each of many connections is affected by a toxic of the given toxicity. */
function affected(connections: number, toxicity: number): boolean[] {
  return Array.from({ length: connections }, (_, connection) =>
    setUp({ connection }).chain.add({ name: 'slow', ...latency(1, 0, toxicity) }),
  );
}

describe('a chain without toxics', () => {
  it('passes data and the end at once', () => {
    const { chain, out, write } = setUp();
    write('a');
    chain.end();
    expect(out.log).toEqual(['0ms a', '0ms FIN']);
  });
});

describe('latency', () => {
  it('counts from receipt, so that chunks do not queue up delay', () => {
    const { chain, clock, out, write } = setUp();
    chain.add({ name: 'slow', ...latency(50) });
    write('a');
    clock.advance(10 * NS_PER_MS);
    write('b');
    chain.end();
    clock.advance(100 * NS_PER_MS);
    expect(out.log).toEqual(['50ms a', '60ms b', '60ms FIN']);
  });

  it('passes an end at once where nothing is held before it', () => {
    const { chain, out } = setUp();
    chain.add({ name: 'slow', ...latency(50) });
    chain.end();
    expect(out.log).toEqual(['0ms FIN']);
  });

  it('adds up where two stand in line', () => {
    const { chain, clock, out, write } = setUp();
    chain.add({ name: 'slow', ...latency(50) });
    chain.add({ name: 'slower', ...latency(70) });
    write('a');
    clock.advance(200 * NS_PER_MS);
    expect(out.log).toEqual(['120ms a']);
  });

  it('lets go of everything at its removal, the end last', () => {
    const { chain, clock, out, write } = setUp();
    chain.add({ name: 'slow', ...latency(1_000) });
    write('a');
    clock.advance(10 * NS_PER_MS);
    write('b');
    chain.end();
    expect(chain.heldBytes).toBe(2);
    chain.remove('slow');
    expect(out.log).toEqual(['10ms a', '10ms b', '10ms FIN']);
    clock.advance(2_000 * NS_PER_MS);
    expect(out.log).toHaveLength(3);
    expect(chain.heldBytes).toBe(0);
  });

  it('keeps order and stays within latency +- jitter, for a chunk that overtakes none', () => {
    const chunkGapsMs = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(chunkGapsMs, fc.integer({ min: 0, max: 2 ** 32 }), (gapsMs, seed) => {
        const { chain, clock, out, write } = setUp({ seed });
        chain.add({ name: 'slow', ...latency(50, 20) });
        const sentNs = gapsMs.map((gapMs, i) => {
          clock.advance(gapMs * NS_PER_MS);
          write(`${i};`);
          return clock.nowNs();
        });
        clock.advance(1_000 * NS_PER_MS);
        expect(out.chunks.map(({ text }) => text)).toEqual(gapsMs.map((_, i) => `${i};`));
        out.chunks.forEach(({ atNs }, i) => {
          const delayMs = (atNs - (sentNs[i] ?? NaN)) / NS_PER_MS;
          expect(delayMs).toBeGreaterThanOrEqual(30);
          expect(delayMs).toBeLessThan(70);
        });
      }),
    );
  });

  it('spreads its jitter evenly, and alike for the same seed', () => {
    const sample = delaysMs(2_000);
    const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
    // Mean of uniform [30, 70): 50, standard error 11.5 / sqrt(2000) = 0.26.
    expect(Math.abs(mean - 50)).toBeLessThan(1.3);
    expect(sample.filter((x) => x < 40).length / sample.length).toBeCloseTo(0.25, 1);
    expect(delaysMs(2_000)).toEqual(sample);
  });
});

describe('reset', () => {
  it('waits for the first data, then its time, then resets, and lets nothing through', () => {
    const { chain, clock, out, write } = setUp();
    chain.add({ name: 'cut', ...reset(30) });
    clock.advance(100 * NS_PER_MS);
    write('a');
    clock.advance(20 * NS_PER_MS);
    write('b');
    clock.advance(100 * NS_PER_MS);
    expect(out.log).toEqual(['130ms RST']);
  });

  it('takes an end of the stream for the first data', () => {
    const { chain, clock, out } = setUp();
    chain.add({ name: 'cut', ...reset(30) });
    chain.end();
    clock.advance(100 * NS_PER_MS);
    expect(out.log).toEqual(['30ms RST']);
  });

  it('gives the connection back whole when it is removed before its time', () => {
    const { chain, clock, out, write } = setUp();
    chain.add({ name: 'cut', ...reset(30) });
    write('a');
    clock.advance(20 * NS_PER_MS);
    chain.remove('cut');
    write('b');
    clock.advance(100 * NS_PER_MS);
    expect(out.log).toEqual(['20ms a', '20ms b']);
  });

  it('is silent after the connection is gone', () => {
    const { chain, clock, out, write } = setUp();
    chain.add({ name: 'cut', ...reset(30) });
    write('a');
    chain.discard();
    clock.advance(100 * NS_PER_MS);
    expect(out.log).toEqual([]);
  });
});

describe('who is affected', () => {
  it('is the share of connections that toxicity says, the same ones in every run', () => {
    const share = affected(4_000, 0.3).filter(Boolean).length / 4_000;
    // Standard error sqrt(0.3 * 0.7 / 4000) = 0.007.
    expect(Math.abs(share - 0.3)).toBeLessThan(0.035);
    expect(affected(4_000, 0.3)).toEqual(affected(4_000, 0.3));
  });

  it('is nobody at toxicity 0 and everybody at 1', () => {
    for (let connection = 0; connection < 500; connection++) {
      const { chain } = setUp({ connection });
      expect(chain.add({ name: 'none', ...latency(1, 0, 0) })).toBe(false);
      expect(chain.add({ name: 'all', ...latency(1, 0, 1) })).toBe(true);
    }
  });

  it('is one direction only', () => {
    const { chain, out, write } = setUp({ direction: 'upstream' });
    expect(chain.add({ name: 'slow', ...latency(50) })).toBe(false);
    write('a');
    expect(out.log).toEqual(['0ms a']);
  });

  it('is told once per toxic, when data meets it', () => {
    const { chain, touched, write } = setUp();
    chain.add({ name: 'slow', ...latency(50) });
    expect(touched).toEqual([]);
    write('a');
    write('b');
    expect(touched).toEqual(['slow']);
  });
});

/** One thing that happens to a chain; `amount` is ms to go by, or which toxic. */
interface Step {
  readonly what: 'write' | 'end' | 'pass' | 'add' | 'remove';
  readonly amount: number;
}

const TOXICS = [latency(20, 20), latency(7), reset(1_000_000), latency(300, 5)];

describe('toxics that come and go while data is inside', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    what: fc.constantFrom('write', 'write', 'write', 'end', 'pass', 'pass', 'add', 'remove'),
    amount: fc.nat(40),
  });

  it('lose nothing, swap nothing, and let the end come last and once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { chain, clock, out, write } = setUp();
        const present = new Set<number>();
        const expected: string[] = [];
        for (const { what, amount } of steps) {
          const number = amount % TOXICS.length;
          const hasEnded = expected.at(-1) === 'FIN';
          if (what === 'pass') clock.advance(amount * NS_PER_MS);
          if (what === 'write' && !hasEnded) {
            write(`${expected.length};`);
            expected.push(`${expected.length};`);
          }
          if (what === 'end' && !hasEnded) {
            chain.end();
            expected.push('FIN');
          }
          if (what === 'remove') chain.remove(String(number));
          if (what === 'remove') present.delete(number);
          if (what === 'add' && !present.has(number)) {
            chain.add({ name: String(number), toxic: TOXICS[number] ?? latency(0) });
            present.add(number);
          }
        }
        for (const number of present) chain.remove(String(number));
        expect(out.log.map((line) => line.split(' ')[1])).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
