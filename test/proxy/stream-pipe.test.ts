import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../src/core/index.ts';
import { ActiveToxic, type SettingValues } from '../../src/toxics/index.ts';
import { ProxyCounters } from '../../src/proxy/proxy-stats.ts';
import { StreamPipe } from '../../src/proxy/stream-pipe.ts';
import { toxicOf } from '../integration/proxied-server.ts';

function stream(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
}

/** A pipe with latency on it, then a toxic more, that has just taken more than toxics may hold. */
function fullPath(type: string, settings: SettingValues) {
  const clock = new VirtualClock();
  const counters = new ProxyCounters();
  const from = stream().resume();
  const identity = { seed: 1, proxy: 'edge', connection: 0, direction: 'upstream' } as const;
  const events = { reset: () => expect.fail('reset'), close: () => expect.fail('closed') };
  const pipe = new StreamPipe({ from, to: stream() }, clock, identity, counters, events);
  const put = (kind: string, values: SettingValues): void => {
    const toxic = toxicOf(kind, values, { stream: 'upstream' });
    pipe.chain.add(new ActiveToxic(toxic, { seed: 1, proxy: 'edge', clock }));
  };
  put('latency', { latencyNs: 300 * NS_PER_MS, jitterNs: 0 });
  put(type, settings);
  pipe.take(Buffer.alloc(5 * 1024 * 1024));
  expect([from.isPaused(), counters.pauses]).toEqual([true, 1]);
  return { clock, counters, from, pipe };
}

it('reads on when what one toxic held is swallowed by a later one', () => {
  const { clock, counters, from } = fullPath('timeout', { timeoutNs: 500 * NS_PER_MS });
  clock.advance(300 * NS_PER_MS);
  expect([from.isPaused(), counters.upstream.bytesWritten]).toEqual([false, 0]);
});

it('reads on when a toxic that holds for ever is taken off, not before', () => {
  const { clock, counters, from, pipe } = fullPath('blackhole', {});
  clock.advance(300 * NS_PER_MS);
  expect(from.isPaused()).toBe(true);
  pipe.chain.remove('blackhole');
  expect([from.isPaused(), counters.upstream.bytesWritten]).toEqual([false, 5 * 1024 * 1024]);
});
