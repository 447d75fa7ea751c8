import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';

import { NS_PER_MS, NS_PER_SEC, VirtualClock } from '../../src/core/index.ts';
import { spansOf } from '../../src/native/index.ts';
import { startOtlpReceiver } from '../../src/ingest/index.ts';
import { cpuNsOf, decodingThread, type TraceDecoder } from '../../src/ingest/trace-decoder.ts';
import { jsonBody, protobufBody } from '../ingest/otlp-messages.ts';
import { span, traces } from '../ingest/receiver-request.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';
const MAX_ITEMS = 200_000;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function opened(decoder: TraceDecoder): TraceDecoder {
  closing.push(() => decoder.close());
  return decoder;
}

/** Returns bytes whose memory may be taken away. */
function own(...bytes: readonly Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  return bytes.map((block) => Uint8Array.from(block));
}

/** A thread that reads its first body for ever, and how much of the processor it has used. */
function heldThread() {
  const module = new URL('../ingest/fixtures/holding-worker.ts', import.meta.url);
  const clock = new VirtualClock();
  const cpu = { usedNs: 0, asked: 0 };
  const options = {
    module,
    clock,
    cpuNsOf: () => {
      cpu.asked++;
      return Promise.resolve(cpu.usedNs);
    },
  };
  return { decoder: opened(decodingThread(MAX_ITEMS, options)), clock, cpu };
}

/** Lets everything run that waits for no time. */
const oneTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('the thread that decodes', () => {
  it('reads both forms, also in blocks', async () => {
    const decoder = opened(decodingThread(MAX_ITEMS));
    const both = traces(spanNow(1), spanNow(2));
    const json = jsonBody(both);
    const protobuf = protobufBody(both);
    const [one, other] = await Promise.all([
      decoder.decode(JSON_TYPE, own(json.subarray(0, 9), json.subarray(9))),
      decoder.decode(PROTOBUF, own(protobuf)),
    ]);
    expect([...spansOf(one.block)]).toEqual([...spansOf(other.block)]);
    expect(one.block.rows).toBe(2);
    expect({ ...one, block: undefined }).toEqual({ ...other, block: undefined });
  });

  // Bodies of some megabytes, each of which would be millions of objects.
  it.each([
    ['spans of JSON', JSON_TYPE, `{"resourceSpans":[{"scopeSpans":[{"spans":[${list('{}')}]}]}]}`],
    [
      'attributes of JSON',
      JSON_TYPE,
      `{"resourceSpans":[{"resource":{"attributes":[${list('{}')}]}}]}`,
    ],
    ['lists that nobody reads', JSON_TYPE, `{"x":[${list('[]')}]}`],
    ['numbers that nobody reads', JSON_TYPE, `{"x":[${list('0')}]}`],
    ['lists within lists', JSON_TYPE, `{"x":${'['.repeat(3_000_000)}`],
    ['spans of protobuf', PROTOBUF, field(1, field(2, empty(2)))],
    ['attributes of protobuf', PROTOBUF, field(1, field(1, empty(1)))],
  ] as const)('refuses a body of empty %s', async (_, type, body) => {
    const decoder = opened(decodingThread(MAX_ITEMS));
    const decoding = decoder.decode(type, own(Buffer.from(body)));
    await expect(decoding).rejects.toMatchObject({ status: 413, reason: 'items' });
  });

  it('leaves this thread to others while it reads', async () => {
    const decoder = opened(decodingThread(MAX_ITEMS));
    await decoder.decode(PROTOBUF, own(Buffer.of()));
    const body = jsonBody(traces(...Array.from({ length: 20_000 }, (_, i) => spanNow(i + 1))));
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    const decoding = decoder.decode(JSON_TYPE, own(body)).finally(() => (isDone = true));
    turn();
    expect((await decoding).block.rows).toBe(20_000);
    expect(turns).toBeGreaterThan(3);
  });

  it('is started anew where it ends: one request is lost, those behind are to come again', async () => {
    const module = new URL('../ingest/fixtures/dying-worker.ts', import.meta.url);
    const decoder = opened(decodingThread(MAX_ITEMS, { module }));
    const lost = { status: 413, message: expect.stringContaining('out of memory') as string };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 3 }, () => decoder.decode(PROTOBUF, own(Buffer.of()))),
    );
    // The second was at the thread already, the third gets another one.
    expect(outcomes).toMatchObject([
      { reason: lost },
      { reason: { status: 503, reason: 'busy' } },
      { reason: lost },
    ]);
  });

  it('is ended by a body that takes its time, and those behind are to be sent again before', async () => {
    const { decoder, clock, cpu } = heldThread();
    const first = decoder.decode(PROTOBUF, own(Buffer.of()));
    const atThread = decoder.decode(PROTOBUF, own(Buffer.of()));
    const behind = decoder.decode(PROTOBUF, own(Buffer.of()));
    clock.advance(3_999 * NS_PER_MS);
    const later = decoder.decode(PROTOBUF, own(Buffer.of()));
    clock.advance(NS_PER_MS);
    await expect(atThread).rejects.toMatchObject({ status: 503, reason: 'busy' });
    await expect(behind).rejects.toMatchObject({ status: 503, reason: 'busy' });
    cpu.usedNs = 10 * NS_PER_SEC;
    clock.advance(6 * NS_PER_SEC);
    await expect(first).rejects.toMatchObject({
      status: 413,
      message: /in 10 s of processor time/u,
    });
    await expect(later).rejects.toMatchObject({ status: 503, reason: 'busy' });
    // The next one is read at once, in a thread that nobody holds yet.
    const next = decoder.decode(PROTOBUF, own(Buffer.of()));
    clock.advance(9 * NS_PER_SEC);
    const refused = expect(next).rejects.toMatchObject({ status: 503, message: /closing/u });
    await decoder.close();
    await refused;
  });

  it('is left to a body for as long as the machine gives it no time, up to two minutes', async () => {
    const { decoder, clock, cpu } = heldThread();
    let isOver = false;
    const body = decoder.decode(PROTOBUF, own(Buffer.of())).finally(() => (isOver = true));
    const refused = expect(body).rejects.toMatchObject({ status: 413, message: /within 120 s/u });
    cpu.usedNs = 2 * NS_PER_SEC;
    for (let sec = 1; sec < 120; sec++) {
      clock.advance(NS_PER_SEC);
      await oneTurn();
    }
    expect(isOver).toBe(false);
    expect(cpu.asked).toBeGreaterThan(1);
    clock.advance(NS_PER_SEC);
    await refused;
  });

  it('says itself what it has used, also while it reads', async () => {
    const module = new URL('../ingest/fixtures/busy-worker.ts', import.meta.url);
    const clock = new VirtualClock();
    // As if its processor were a thousand times slower.
    const slowCpuNsOf = async (worker: Worker): Promise<number> => {
      let usedNs = 0;
      while (usedNs < 10 * NS_PER_MS) {
        await oneTurn();
        // It rejects until the thread runs.
        usedNs = await cpuNsOf(worker).catch(() => 0);
      }
      return usedNs * 1_000;
    };
    const options = { module, clock, cpuNsOf: slowCpuNsOf };
    const decoder = opened(decodingThread(MAX_ITEMS, options));
    const body = decoder.decode(PROTOBUF, own(Buffer.of()));
    clock.advance(10 * NS_PER_SEC);
    await expect(body).rejects.toMatchObject({ status: 413, message: /processor time/u });
  });

  it('asks an honest client to come again while a body of others is read', async () => {
    const { decoder: thread, clock, cpu } = heldThread();
    cpu.usedNs = 10 * NS_PER_SEC;
    const bothCame = Promise.withResolvers<void>();
    let bodies = 0;
    const receiver = await startOtlpReceiver({
      accept: () => Promise.resolve(),
      decoder: {
        decode: (type, blocks) => {
          const decoding = thread.decode(type, blocks);
          if (++bodies === 2) bothCame.resolve();
          return decoding;
        },
        close: () => thread.close(),
      },
    });
    closing.push(() => receiver.close());
    const init = { method: 'POST', headers: { 'content-type': JSON_TYPE }, body: '{}' };
    const answers = [1, 2].map(() => fetch(`${receiver.url}/v1/traces`, init));
    await bothCame.promise;
    clock.advance(10 * NS_PER_SEC);
    const [one, other] = await Promise.all(answers);
    expect(new Set([one?.status, other?.status])).toEqual(new Set([413, 503]));
    const sentBack = one?.status === 503 ? one : other;
    expect(sentBack?.headers.get('retry-after')).toBe('2');
    expect(receiver.counters.refusals).toEqual({ busy: 1, items: 1 });
  });

  it('rejects what the store cannot hold, and acknowledges the rest', async () => {
    const stored: string[] = [];
    const receiver = await startOtlpReceiver({
      accept: async (block) => {
        for (const { name } of spansOf(block)) stored.push(name);
      },
    });
    closing.push(() => receiver.close());
    const answer = await fetch(`${receiver.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE },
      body: jsonBody(traces(spanNow(1), span(2), spanNow(3))),
    });
    expect(await answer.json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: "span 'span 2': it has no start time" },
    });
    expect(stored).toEqual(['span 1', 'span 3']);
    expect(receiver.counters).toMatchObject({ spans: 2, rejectedSpans: 1 });
  });
});

/** One that the store can hold: it has a start. */
function spanNow(number: number): object {
  const epochNs = String(BigInt(Date.now()) * 1_000_000n);
  return { ...span(number), startTimeUnixNano: epochNs, endTimeUnixNano: epochNs };
}

function list(item: string): string {
  return `${`${item},`.repeat(1_500_000)}${item}`;
}

/** Returns a million empty messages of a field. */
function empty(number: number): Buffer {
  return Buffer.alloc(2_000_000, Buffer.of((number << 3) | 2, 0));
}

function field(number: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let left = bytes.length; left > 0; left >>>= 7) {
    length.push((left & 127) | (left > 127 ? 128 : 0));
  }
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length), bytes]);
}
