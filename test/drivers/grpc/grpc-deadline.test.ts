import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRPC_STATUSES, NS_PER_MS, OUTCOMES, VirtualClock } from '../../../src/core/index.ts';
import { earlyNs } from '../../../src/drivers/grpc/call-end.ts';
import { GrpcExchange } from '../../../src/drivers/grpc/grpc-exchange.ts';
import { blockEnd, type Field, TracedBlock } from '../../../src/drivers/http2/index.ts';
import { newSlot } from '../../../src/engine/live-call.ts';

type Parts = ConstructorParameters<typeof GrpcExchange>;

interface Ended {
  readonly outcome: string;
  readonly status: number;
  readonly error: string;
  readonly tookMs: number;
  readonly late: boolean;
}

/**
 * Returns how a call ends of which a server does something at `atMs`. The driver's watch ends it at
 * 1 s; `deadlineMs` is what the server was sent, 0 for none.
 */
async function callThat(
  acts: (exchange: GrpcExchange) => void,
  atMs: number,
  deadlineMs = 1_000,
  streamsIn = false,
): Promise<Ended> {
  const clock = new VirtualClock();
  const okCodes = new Uint8Array(GRPC_STATUSES.length);
  okCodes[0] = 1;
  const step = {
    call: {
      ...(deadlineMs > 0 && { deadlineNs: deadlineMs * NS_PER_MS }),
      pairs: false,
      take: Infinity,
      forNs: streamsIn ? 999 * NS_PER_MS : Infinity,
    },
    method: { streamsOut: false, streamsIn },
    okCodes,
    timeoutNs: 1_000 * NS_PER_MS,
    outgoing: () => ({ head: new TracedBlock([], blockEnd([])), messages: [] }),
  } as unknown as Parts[1];
  const ended: Ended[] = [];
  const call = newSlot();
  const exchange = new GrpcExchange(
    call,
    step,
    { clock, driverEvents: {} } as unknown as Parts[2],
    {
      sent: () => undefined,
      unsent: () => undefined,
      again: () => false,
      finished: (_, late) => {
        const { outcome, status, error, endNs, sentNs } = call;
        const tookMs = (endNs - sentNs) / NS_PER_MS;
        ended.push({ outcome: OUTCOMES[outcome], status, error, tookMs, late });
      },
    },
  );
  const stream = { bytesIn: 100, bytesOut: 0, firstByteNs: -1 };
  const connection = { openStream: () => stream, resetStream: () => undefined };
  Object.defineProperty(connection, 'readNs', { get: () => clock.nowNs() });
  clock.after(3 * NS_PER_MS, () => {
    exchange.start(connection as never);
    exchange.sent(clock.nowNs());
    clock.after(atMs * NS_PER_MS, () => acts(exchange));
    clock.after(1_000 * NS_PER_MS, () => exchange.expire());
  });
  clock.advance(2_000 * NS_PER_MS);
  // What was to end as ok by then would do so now.
  await new Promise(setImmediate);
  expect(ended).toHaveLength(1);
  const [end] = ended;
  if (end === undefined) throw new Error('it has ended');
  return end;
}

const statusThat = (fields: readonly Field[], status = 200) => {
  return (exchange: GrpcExchange): void => {
    exchange.headers(status, [['content-type', 'application/grpc'], ...fields]);
    exchange.ended();
  };
};

const AT_THE_BOUND = { outcome: 'timeout', error: '', tookMs: 1_000, late: false };

describe('a server that gives a call up at the deadline it was sent', () => {
  it.each([
    ['resets it', (exchange: GrpcExchange) => exchange.reset('reset: CANCEL', 'unknown'), -1],
    [
      'resets it otherwise',
      (exchange: GrpcExchange) => exchange.reset('reset: NO_ERROR', 'unknown'),
      -1,
    ],
    ['hangs up', (exchange: GrpcExchange) => exchange.reset('ECONNRESET', 'unknown'), -1],
    ['says so', statusThat([['grpc-status', '4']]), 4],
    ['cancels', statusThat([['grpc-status', '1']]), 1],
    ['ends it without a status', statusThat([]), -1],
    ['is a proxy of HTTP', statusThat([], 504), 14],
  ])(
    'is a timeout at the bound where it %s, at the deadline and a little before',
    async (...of) => {
      const [, acts, status] = of;
      for (const atMs of [990, 998, 999.9, 1_000]) {
        expect(await callThat(acts, atMs)).toEqual({ ...AT_THE_BOUND, status });
      }
      expect(await callThat(acts, 990, 1_000, true)).toMatchObject({ outcome: 'timeout' });
      // Long before, and where no deadline was sent, it is what it is.
      for (const [atMs, deadlineMs] of [
        [900, 1_000],
        [998, 0],
        [998, 2_000],
      ] as const) {
        const end = await callThat(acts, atMs, deadlineMs);
        expect(end.outcome).toMatch(/status|transport/u);
        expect(end.tookMs).toBeCloseTo(atMs);
      }
    },
  );

  it.each([
    [
      'refuses the stream',
      (exchange: GrpcExchange) => exchange.reset('reset: REFUSED_STREAM', 'unknown'),
    ],
    [
      'sends it elsewhere',
      (exchange: GrpcExchange) => exchange.reset('goaway: NO_ERROR', 'unknown'),
    ],
    ['answers with another status', statusThat([['grpc-status', '5']])],
  ])('is not one that %s', async (_, acts) => {
    expect((await callThat(acts, 999)).outcome).toMatch(/status|transport/u);
  });

  it('may be early by a share of a short deadline, and by little of a long one', () => {
    expect(earlyNs(4 * NS_PER_MS)).toBe(NS_PER_MS);
    expect(earlyNs(100 * NS_PER_MS)).toBe(6 * NS_PER_MS);
    expect(earlyNs(10_000 * NS_PER_MS)).toBe(105 * NS_PER_MS);
    fc.assert(
      fc.property(fc.nat(1e12), fc.nat(1e12), (a, b) => {
        expect(earlyNs(a)).toBeLessThanOrEqual(a / 4);
        expect(earlyNs(Math.max(a, b))).toBeGreaterThanOrEqual(earlyNs(Math.min(a, b)));
      }),
    );
  });
});
