import { beforeEach, describe, expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../src/core/index.ts';
import { ConnectionTouches } from '../../src/proxy/connection-touches.ts';
import { TouchLog } from '../../src/proxy/touch-log.ts';

const RUN_ID = '691fab800000beef';
const TRACE = `${RUN_ID}4bf92f3577b34da6`;
const SPAN = '00f067aa0ba902b7';

let clock: VirtualClock;
let log: TouchLog;
let touches: ConnectionTouches;

beforeEach(() => {
  clock = new VirtualClock(1_000);
  log = new TouchLog({ runId: RUN_ID });
  touches = new ConnectionTouches({ log, clock, proxy: 'payment', clientPort: 40_001 });
});

function passMs(ms: number): void {
  clock.advance(ms * NS_PER_MS);
}

function request(trace: string): Buffer {
  return Buffer.from(`GET / HTTP/1.1\r\nhost: x\r\ntraceparent: 00-${trace}-${SPAN}-01\r\n\r\n`);
}

function stretches(): readonly (readonly [fromMs: number, toMs: number])[] {
  return log.take().connections.map((t) => [t.fromEpochMs - 1_000, t.toEpochMs - 1_000] as const);
}

describe('what a toxic does on a connection', () => {
  it('is laid to the request under way, with the time at which that began', () => {
    passMs(3);
    touches.fromClient(request(TRACE));
    passMs(4);
    touches.acted('slow');
    expect(log.take()).toEqual({
      requests: [
        { proxy: 'payment', toxic: 'slow', traceId: TRACE, spanId: SPAN, atEpochMs: 1_003 },
      ],
      connections: [],
      lost: 0,
    });
  });

  it('is nobody s where the request belongs to another run, or none is under way', () => {
    touches.fromClient(request(`${'f'.repeat(16)}4bf92f3577b34da6`));
    touches.acted('slow');
    touches.fromServer(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'));
    touches.acted('slow');
    expect(log.take()).toEqual({ requests: [], connections: [], lost: 0 });
  });

  it('is one stretch from act to act, until the toxic lets something pass', () => {
    touches.acted('slow');
    passMs(5);
    touches.acted('slow');
    passMs(5);
    touches.passed('slow');
    passMs(5);
    touches.acted('slow');
    expect(stretches()).toEqual([
      [0, 5],
      [15, 15],
    ]);
  });

  it('goes on where the log was taken meanwhile, without a gap', () => {
    touches.acted('slow');
    passMs(5);
    expect(stretches()).toEqual([[0, 0]]);
    touches.acted('slow');
    passMs(5);
    touches.acted('slow');
    expect(stretches()).toEqual([[0, 10]]);
    passMs(5);
    expect(stretches()).toEqual([]);
  });

  it('is the connection s from its begin on, where a request carries no ids', () => {
    touches.fromClient(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
    passMs(7);
    touches.acted('slow');
    expect(stretches()).toEqual([[0, 7]]);
  });
});

describe('a connection that a toxic brings down', () => {
  const ends = (): readonly unknown[] =>
    log.take().connections.map(({ isDown, isIdle }) => ({ isDown, isIdle }));

  it('is down for whoever is on it, where requests are not known', () => {
    touches.acted('cut');
    touches.broke('cut');
    expect(ends()).toEqual([{ isDown: true, isIdle: false }]);
  });

  it('is told where it was idle, and not where its requests are', () => {
    touches.fromClient(request(TRACE));
    touches.acted('cut');
    touches.broke('cut');
    expect(ends()).toEqual([]);
    touches.fromServer(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'));
    touches.acted('cut');
    touches.broke('cut');
    expect(ends()).toEqual([{ isDown: true, isIdle: true }]);
  });
});

it('a log counts what finds no room', () => {
  const small = new TouchLog({ runId: RUN_ID, max: 2 });
  const place = { proxy: 'payment', toxic: 'slow', clientPort: 1 };
  for (let i = 0; i < 5; i++) {
    small.request(place, { traceId: TRACE, spanId: SPAN }, 1, 1);
    small.connection(place, i, i);
  }
  const { requests, connections, lost } = small.take();
  expect([requests.length, connections.length, lost]).toEqual([2, 2, 6]);
  expect(small.take().lost).toBe(0);
});
