import { afterEach, expect, it } from 'vitest';
import { NS_PER_MS, rngFrom, TIMEOUT } from '../../src/core/index.ts';
import { framedMessage } from '../../src/drivers/grpc/message-frame.ts';
import { Draw } from '../fuzz/draw.ts';
import { fuzzCount, FUZZ_SEED } from '../fuzz/hold-bounds.ts';
import { DamagingServer, type AnswerParts } from './damaged-answers.ts';
import { driverCalls } from './driver-calls.ts';
import { grpcCalls } from './grpc-calls.ts';

const COUNT = fuzzCount(1_000);
/** Calls of one driver: it is asked for their answers, which are kept until they are judged. */
const BATCH = 1_000;
/** Long for an answer of this thread, also where others are let run before it. */
const TIMEOUT_MS = 100;
const GROWN_BYTES_MAX = 300 * 1024 * 1024;
const ERROR_CHARACTERS_MAX = 300;

let server: DamagingServer | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** An error is a short text that may be shown as it is. */
function expectShowable(errors: readonly string[]): void {
  for (const error of errors) {
    expect(error.length).toBeLessThan(ERROR_CHARACTERS_MAX);
    expect(error).not.toMatch(/[\p{Cc}]|is not a function|Cannot read|undefined/u);
  }
}

const HTTP_ANSWER: AnswerParts = {
  head: [
    [':status', '200'],
    ['content-type', 'text/plain'],
    ['set-cookie', 'a=b; Path=/'],
    ['x-long', 'v'.repeat(300)],
  ],
  body: [Buffer.from('hello'), Buffer.alloc(0), Buffer.from('world')],
  trailers: [['x-checksum', '7']],
};

it(
  `every one of ${COUNT} HTTP/2 calls ends, whatever frames come (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + COUNT * 20 },
  async () => {
    server = new DamagingServer(new Draw(rngFrom(FUZZ_SEED, 'frames')), () => HTTP_ANSWER);
    const url = await server.listen();
    const sums = { ok: 0, transport: 0, timeout: 0 };
    for (let left = COUNT; left > 0; left -= BATCH) {
      const made = await driverCalls({
        url,
        calls: Math.min(BATCH, left),
        connections: 8,
        timeoutNs: TIMEOUT_MS * NS_PER_MS,
        target: { protocol: 'http2', streams: 2 },
        answers: true,
      });
      for (const name of Object.keys(made.outcomes)) expect(Object.keys(sums)).toContain(name);
      for (const name of ['ok', 'transport', 'timeout'] as const) {
        sums[name] += made.outcomes[name] ?? 0;
      }
      expectShowable(made.errors);
      // A broken connection may be read of behind the bound, where the machine was busy.
      for (const { sentNs, endNs, outcome } of made.calls) {
        if (outcome === TIMEOUT) expect(endNs - sentNs).toBe(TIMEOUT_MS * NS_PER_MS);
      }
      expect(made.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
    }
    expect(sums.ok + sums.transport + sums.timeout).toBe(COUNT);
    expect(sums.ok).toBeGreaterThan(COUNT / 10);
    expect(sums.transport).toBeGreaterThan(COUNT / 10);
  },
);

/** A Receipt of shop.proto: id, count, a list, bytes; often with bytes that are none. */
function receipt(draw: Draw): AnswerParts {
  const message = Buffer.from('0a03612d31100118ff0122020102'.concat('1a0178'), 'hex');
  for (let left = draw.chance(0.5) ? draw.below(4) : 0; left > 0; left--) {
    message[draw.below(message.length)] = draw.below(256);
  }
  const framed = framedMessage(message);
  if (draw.chance(0.2)) framed[draw.below(5)] = draw.below(256);
  const status = draw.chance(0.8) ? '0' : draw.of(['4', '13', '-1', '99', '', 'x', '1e9', '00']);
  return {
    head: [
      [':status', draw.chance(0.95) ? '200' : '503'],
      ['content-type', 'application/grpc'],
      ...(draw.chance(0.1) ? [['grpc-encoding', draw.of(['gzip', 'snappy', ''])] as const] : []),
    ].map(([name = '', value = '']): [string, string] => [name, value]),
    body: [framed],
    trailers: [
      ['grpc-status', status],
      ['grpc-message', draw.of(['', 'a%20b', '%zz', '%', '%e2%80%ae', '\u{FF}'])],
    ],
  };
}

it(
  `every one of ${COUNT} gRPC calls ends, whatever messages and trailers come (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + COUNT * 20 },
  async () => {
    server = new DamagingServer(new Draw(rngFrom(FUZZ_SEED, 'messages')), receipt);
    const url = await server.listen();
    const sums = { ok: 0, transport: 0, status: 0, timeout: 0 };
    for (let left = COUNT; left > 0; left -= BATCH) {
      const calls = Math.min(BATCH, left);
      const made = await grpcCalls({
        url,
        calls,
        atOnce: 8,
        answers: true,
        grpc: 'method: shop.Orders/Create',
        step: `, timeout: ${TIMEOUT_MS}ms`,
      });
      expect(made.calls).toHaveLength(calls);
      expectShowable(made.errors);
      for (const name of Object.keys(made.outcomes)) {
        expect(Object.keys(sums)).toContain(name);
      }
      for (const name of ['ok', 'transport', 'status', 'timeout'] as const) {
        sums[name] += made.outcomes[name] ?? 0;
      }
    }
    expect(sums.ok + sums.transport + sums.status + sums.timeout).toBe(COUNT);
    expect(sums.ok).toBeGreaterThan(COUNT / 20);
    expect(sums.transport).toBeGreaterThan(COUNT / 20);
  },
);
