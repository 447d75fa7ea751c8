import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, rngFrom, VirtualClock } from '../../src/core/index.ts';
import type { Toxic } from '../../src/toxics/index.ts';
import { ChainStand } from './chain-stand.ts';

/** Whether each of many connections is affected by a toxic of the given toxicity. */
function affected(connections: number, toxicity: number, seed = 1): boolean[] {
  return Array.from({ length: connections }, (_, connection) => {
    const stand = new ChainStand({ connection, seed });
    stand.put('noop', {}, { toxicity });
    stand.write('a');
    return stand.touched.length > 0;
  });
}

function latency(ms: number, jitterMs = 0) {
  return { latencyNs: ms * NS_PER_MS, jitterNs: jitterMs * NS_PER_MS };
}

describe('a chain without toxics', () => {
  it('passes data and the end at once', () => {
    const stand = new ChainStand();
    stand.write('a');
    stand.end();
    expect(stand.log).toEqual(['0ms a', '0ms FIN']);
    expect(stand.chain.isEmpty).toBe(true);
  });

  it('is empty again when the last toxic has gone', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(5));
    expect(stand.chain.isEmpty).toBe(false);
    stand.chain.remove('latency');
    expect(stand.chain.isEmpty).toBe(true);
  });
});

describe('toxics in line', () => {
  it('add up', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(50));
    stand.put('latency', latency(70), { name: 'slower' });
    stand.write('a');
    stand.passMs(200);
    expect(stand.log).toEqual(['120ms a']);
  });

  it('do not add up by how much their timers are late', () => {
    const stand = new ChainStand({ lateNs: 13 * NS_PER_MS });
    stand.put('latency', latency(50));
    stand.put('slicer', { averageBytes: 1, variationBytes: 0, delayNs: 20 * NS_PER_MS });
    stand.put('bandwidth', { rateBytesPerSec: 100 });
    stand.put('latency', latency(70), { name: 'slower' });
    stand.write('ab');
    stand.passMs(400);
    expect(stand.log).toEqual(['143ms a', '163ms b']);
  });

  it('let what has passed a closing one go out before the close', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(10), { name: 'before' });
    stand.put('limit_data', { bytes: 3 });
    stand.put('latency', latency(50), { name: 'behind' });
    stand.write('abcdef');
    stand.write('ghi');
    stand.passMs(200);
    expect(stand.log).toEqual(['60ms abc', '60ms CLOSE']);
  });

  it('drop everything at a reset, and what still comes', () => {
    const stand = new ChainStand();
    stand.put('reset_peer', { timeoutNs: 20 * NS_PER_MS });
    stand.put('latency', latency(50));
    stand.write('a');
    stand.passMs(30);
    stand.write('b');
    stand.end();
    stand.passMs(100);
    expect(stand.log).toEqual(['20ms RST']);
    expect(stand.chain.heldBytes).toBe(0);
  });

  it('are silent after the connection is gone', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(20));
    stand.put('reset_peer', { timeoutNs: 30 * NS_PER_MS });
    stand.write('a');
    stand.chain.discard();
    stand.passMs(100);
    expect(stand.log).toEqual([]);
  });
});

describe('who is affected', () => {
  it('is the share of connections that toxicity says, the same ones in every run', () => {
    const share = affected(4_000, 0.3).filter(Boolean).length / 4_000;
    // Standard error sqrt(0.3 * 0.7 / 4000) = 0.007.
    expect(Math.abs(share - 0.3)).toBeLessThan(0.035);
    expect(affected(4_000, 0.3)).toEqual(affected(4_000, 0.3));
    expect(affected(4_000, 0.3, 2)).not.toEqual(affected(4_000, 0.3));
  });

  it('is nobody at toxicity 0 and everybody at 1', () => {
    expect(affected(500, 0)).not.toContain(true);
    expect(affected(500, 1)).not.toContain(false);
  });

  it('is one direction only, and no toxic that works on other things', () => {
    const stand = new ChainStand({ direction: 'upstream' });
    expect(stand.chain.add(stand.activate('latency', latency(50)))).toBe(false);
    expect(stand.chain.add(stand.activate('refuse', {}, { stream: 'upstream' }))).toBe(false);
    stand.write('a');
    expect(stand.log).toEqual(['0ms a']);
  });

  it('is told once per toxic, when data meets it', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(50));
    expect(stand.touched).toEqual([]);
    stand.write('a');
    stand.write('b');
    expect(stand.touched).toEqual(['latency']);
  });

  it('is drawn anew when the toxic is changed, and who is spared now gets what was held', () => {
    let spared = 0;
    for (let connection = 0; connection < 400; connection++) {
      const stand = new ChainStand({ connection });
      const active = stand.put('blackhole');
      stand.write('a');
      active.change({ toxicity: 0.5 });
      stand.chain.updated('blackhole');
      stand.write('b');
      if (stand.log.length > 0) spared += 1;
      expect(stand.log).toEqual(stand.log.length > 0 ? ['0ms a', '0ms b'] : []);
    }
    // Standard deviation sqrt(400) / 2 = 10.
    expect(Math.abs(spared - 200)).toBeLessThan(50);
  });
});

describe('an update of a live connection', () => {
  it('measures what is held by the new settings, from its receipt', () => {
    const stand = new ChainStand();
    const active = stand.put('latency', latency(1_000));
    stand.write('a');
    stand.passMs(10);
    stand.write('b');
    stand.end();
    stand.change(active, latency(30));
    stand.passMs(100);
    expect(stand.log).toEqual(['30ms a', '40ms b', '40ms FIN']);
  });

  it('says the end once, also where it had passed before', () => {
    const stand = new ChainStand();
    const active = stand.put('latency', latency(5));
    stand.write('a');
    stand.end();
    stand.passMs(10);
    stand.change(active, latency(7));
    stand.chain.remove('latency');
    expect(stand.log).toEqual(['5ms a', '5ms FIN']);
  });
});

/** One thing that happens to a chain; `amount` is ms to go by, or which toxic. */
interface Step {
  readonly what: 'write' | 'end' | 'pass' | 'add' | 'change' | 'remove';
  readonly amount: number;
}

/**
 * Toxics that lose nothing, by their names; each is put on once and changed to the other values.
 */
const TOXICS: readonly (readonly [
  type: string,
  one: Toxic['settings'],
  other: Toxic['settings'],
])[] = [
  ['latency', latency(20, 20), latency(2)],
  ['noop', {}, {}],
  ['reset_peer', { timeoutNs: 1e15 }, { timeoutNs: 2e15 }],
  ['bandwidth', { rateBytesPerSec: 100 }, { rateBytesPerSec: 0 }],
  ['slow_close', { delayNs: 30 * NS_PER_MS }, { delayNs: 0 }],
  ['stall', { durationNs: 25 * NS_PER_MS }, { durationNs: 5 * NS_PER_MS }],
  ['blackhole', {}, {}],
  [
    'delay',
    { delay: { distribution: 'uniform', fromNs: 0, toNs: 50 * NS_PER_MS } },
    { delay: { distribution: 'constant', delayNs: 3 * NS_PER_MS } },
  ],
  ['limit_data', { bytes: 1e12 }, { bytes: 1e13 }],
  ['cut', { afterNs: 1e15, bytes: 0, how: 'reset' }, { afterNs: 0, bytes: 1e12, how: 'close' }],
  [
    'slicer',
    { averageBytes: 2, variationBytes: 1, delayNs: 1_000 },
    { averageBytes: 5, variationBytes: 0, delayNs: 0 },
  ],
  ['corrupt', { share: 0, what: 'bit' }, { share: 0, what: 'byte' }],
];

describe('toxics that come, change and go while data is inside', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    what: fc.constantFrom(
      'write',
      'write',
      'write',
      'end',
      'pass',
      'pass',
      'add',
      'change',
      'remove',
    ),
    amount: fc.nat(40),
  });

  it('lose nothing, swap nothing, and let the end come last and once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const stand = new ChainStand();
        const present = new Map<string, ReturnType<ChainStand['put']>>();
        let written = '';
        let hasEnded = false;
        for (const { what, amount } of steps) {
          const [type = '', one = {}, other = {}] = TOXICS[amount % TOXICS.length] ?? [];
          const active = present.get(type);
          if (what === 'pass') stand.passMs(amount);
          if (what === 'write' && !hasEnded) {
            const text = `${written.length};`;
            written += text;
            stand.write(text);
          }
          if (what === 'end' && !hasEnded) {
            hasEnded = true;
            stand.end();
          }
          if (what === 'remove') stand.chain.remove(type);
          if (what === 'remove') present.delete(type);
          if (what === 'change' && active) stand.change(active, amount > 20 ? one : other);
          if (what === 'add' && !active) present.set(type, stand.put(type, one));
        }
        for (const type of present.keys()) stand.chain.remove(type);
        expect(stand.out.chunks.map(({ text }) => text).join('')).toBe(written);
        expect(stand.log.filter((line) => line.endsWith('FIN'))).toHaveLength(hasEnded ? 1 : 0);
        if (hasEnded) expect(stand.log.at(-1)).toMatch(/FIN$/u);
        expect(stand.chain.heldBytes).toBe(0);
        expect(stand.chain.heldChunks).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('lose none of 65,535 numbered chunks and swap none', { timeout: 300_000 }, () => {
    const CHUNKS = 65_535;
    const clock = new VirtualClock();
    const rng = rngFrom(4, 'toxics that come, change and go');
    const stand = new ChainStand({ clock });
    const present = new Map<string, ReturnType<ChainStand['put']>>();
    for (let number = 0; number < CHUNKS; number++) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(number);
      stand.write(bytes);
      if (number % 7 === 0) clock.advance(NS_PER_MS / 2);
      if (number % 13 !== 0) continue;
      const [type = '', one = {}, other = {}] = TOXICS[rng.nextUint32() % TOXICS.length] ?? [];
      const active = present.get(type);
      const draw = rng.nextFloat();
      if (!active) present.set(type, stand.put(type, one));
      else if (draw < 0.4) stand.change(active, draw < 0.2 ? one : other);
      else {
        stand.chain.remove(type);
        present.delete(type);
      }
    }
    stand.end();
    for (const type of present.keys()) stand.chain.remove(type);
    clock.advance(NS_PER_SEC);
    const came = Buffer.concat(stand.out.bytes);
    expect(came.length).toBe(CHUNKS * 4);
    const wrong = Array.from({ length: CHUNKS }, (_, i) => i).find(
      (number) => came.readUInt32BE(number * 4) !== number,
    );
    expect(wrong).toBeUndefined();
    expect(stand.log.at(-1)).toMatch(/FIN$/u);
    expect(stand.log.filter((line) => line.endsWith('FIN'))).toHaveLength(1);
  });
});
