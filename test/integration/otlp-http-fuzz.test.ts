import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { rngFrom } from '../../src/core/index.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../../src/ingest/index.ts';
import { JSON_MARKS } from '../fuzz/corpora.ts';
import { Draw } from '../fuzz/draw.ts';
import { mutated, type Mutations } from '../fuzz/mutation.ts';
import { lz4Block, lz4Frame, snappyBlock, snappyFramed } from '../ingest/codings/encoders.ts';
import { attribute, request, SPAN_ID, TRACE_ID } from '../ingest/one-span-request.ts';
import { jsonBody, protobufBody } from '../ingest/otlp-messages.ts';

/** `CALLGAUGE_FUZZ_COUNT` sends more of them. */
const COUNT = Number(process.env['CALLGAUGE_FUZZ_COUNT'] ?? 3_000);
const SEED = Number(process.env['CALLGAUGE_FUZZ_SEED'] ?? 20_261_129);
const AT_ONCE = 8;
/** After so many malformed ones a good one is sent. */
const GOOD_EVERY = 500;
const MEMORY_GROWTH_BYTES_MAX = 16 * 1024 * 1024;
/** Of the whole process, the thread that decodes too. */
const RESIDENT_GROWTH_BYTES_MAX = 512 * 1024 * 1024;

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const SPAN = {
  parentSpanId: SPAN_ID,
  kind: 2,
  startTimeUnixNano: '1763683200000000001',
  endTimeUnixNano: '1763683200000000009',
  attributes: [
    attribute('http.request.method', { stringValue: 'GET' }),
    attribute('list', { arrayValue: { values: [{ intValue: '1' }, { boolValue: true }] } }),
  ],
  events: [{ timeUnixNano: '1763683200000000005', name: 'exception', attributes: [] }],
  links: [{ traceId: TRACE_ID, spanId: SPAN_ID, traceState: 'c=d', attributes: [] }],
  status: { code: 2, message: 'went wrong' },
};
const RESOURCE = { attributes: [attribute('service.name', { stringValue: 'orders' })] };
const ENCODERS = { [JSON_TYPE]: jsonBody, [PROTOBUF]: protobufBody } as const;
type BodyType = keyof typeof ENCODERS;
const BODIES: Readonly<Record<BodyType, Buffer>> = {
  [JSON_TYPE]: jsonBody(request(SPAN, RESOURCE)),
  [PROTOBUF]: protobufBody(request(SPAN, RESOURCE)),
};

/** A request of a span that did not come before: what comes again is not stored again. */
function goodBody(type: BodyType, n: number): Buffer {
  const spanId = `${type === PROTOBUF ? '2' : '1'}${n.toString(16).padStart(15, '0')}`;
  return ENCODERS[type](request({ ...SPAN, spanId }, RESOURCE));
}

/** What packs a body so, as the encoding's name. */
const ENCODINGS: readonly [string, (body: Buffer) => Buffer][] = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['zlib', deflateSync],
  ['zstd', zstdCompressSync],
  [
    'lz4',
    (body) =>
      lz4Frame([{ data: lz4Block([], body), isCompressed: true }], body, {
        hasContentChecksum: true,
      }),
  ],
  ['snappy', (body) => snappyBlock([], body, body.length)],
  ['x-snappy-framed', (body) => snappyFramed([{ data: body, content: body, kind: 1 }])],
];

let receiver: OtlpReceiver;
let storedCount = 0;
beforeAll(async () => {
  const accept = async ({ rows }: { readonly rows: number }): Promise<void> => {
    storedCount += rows;
  };
  receiver = await startOtlpReceiver({ accept });
});
afterAll(() => receiver.close());

it(
  `answers ${COUNT} malformed requests with 200 or a clear 4xx, takes the next good one, and keeps nothing (seed ${SEED})`,
  { timeout: 240_000 + COUNT * 20 },
  async () => {
    const draw = new Draw(rngFrom(SEED, 'OTLP over HTTP'));
    const statuses = new Map<number, number>();
    const work = async (): Promise<void> => {
      const { body, headers } = malformed(draw);
      const status = await post(body, headers);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    await inBatches(200, work);
    const [memory, resident] = [await heldBytes(), process.memoryUsage.rss()];
    for (let sent = 0; sent < COUNT; sent += GOOD_EVERY) {
      await inBatches(Math.min(GOOD_EVERY, COUNT - sent), work);
      for (const type of [JSON_TYPE, PROTOBUF] as const) {
        const before = storedCount;
        const body = goodBody(type, sent);
        await vi.waitFor(async () => expect(await post(body, { 'content-type': type })).toBe(200), {
          timeout: 60_000,
        });
        expect(storedCount).toBe(before + 1);
      }
    }
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 413, 415]));
    expect(statuses.get(400)).toBeGreaterThan(COUNT / 10);
    expect((await heldBytes()) - memory).toBeLessThan(MEMORY_GROWTH_BYTES_MAX);
    expect(process.memoryUsage.rss() - resident).toBeLessThan(RESIDENT_GROWTH_BYTES_MAX);
  },
);

interface Request {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** A body with damage: before it is packed, or after, or called by a name that it has not. */
function malformed(draw: Draw): Request {
  const type = draw.of<BodyType>([JSON_TYPE, PROTOBUF]);
  if (draw.chance(0.003)) return tooMany(type);
  const isPacked = draw.chance(0.5);
  const headers = { 'content-type': draw.chance(0.02) ? 'text/plain' : type };
  if (!isPacked) return { body: damaged(BODIES[type], type, draw), headers };
  const [name, pack] = draw.of(ENCODINGS as [(typeof ENCODINGS)[number]]);
  const [other] = draw.of(ENCODINGS as [(typeof ENCODINGS)[number]]);
  const encoding = draw.chance(0.1) ? other : draw.chance(0.02) ? 'br' : name;
  const isDamagedBefore = draw.chance(0.3);
  const body = isDamagedBefore
    ? pack(damaged(BODIES[type], type, draw))
    : damaged(pack(BODIES[type]), type, draw);
  return { body, headers: { ...headers, 'content-encoding': encoding } };
}

/** More lists than a request may have. */
function tooMany(type: BodyType): Request {
  const body =
    type === JSON_TYPE
      ? Buffer.from(`{"x":[${'[],'.repeat(1_300_000)}0]}`)
      : Buffer.alloc(800_000, Buffer.from([0x0a, 0]));
  return { body: gzipSync(body), headers: { 'content-type': type, 'content-encoding': 'gzip' } };
}

const TOKENS: Readonly<Record<BodyType, Mutations['tokens']>> = {
  [JSON_TYPE]: [...JSON_MARKS, '{}', '[]', '{},', 'null', '1e999', '"values":['],
  [PROTOBUF]: ['\x0a', '\x12', '\x0a\x00', '\x12\xff\xff\xff\xff\x0f', '\x08', '\x0b', '\x80'],
};

function damaged(body: Buffer, type: BodyType, draw: Draw): Buffer {
  const mutations: Mutations = { corpus: [body.toString('latin1')], tokens: TOKENS[type] };
  return Buffer.from(mutated(mutations, draw), 'latin1');
}

async function post(body: Buffer, headers: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(`${receiver.url}/v1/traces`, { method: 'POST', body, headers });
  const { status } = response;
  const text = await response.text();
  const shown = `${JSON.stringify(headers)} ${body.toString('base64', 0, 600)} -> ${status} ${text.slice(0, 300)}`;
  // 503 on a machine that is so busy that a body waits 4 s to be read.
  if (![200, 400, 413, 415, 503].includes(status)) throw new Error(`no refusal: ${shown}`);
  if (status !== 200 && text === '') throw new Error(`no reason: ${shown}`);
  return status;
}

async function inBatches(count: number, work: () => Promise<void>): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - done) }, work));
  }
}

/** What is still reachable: of some readings the least, for what was sent last goes later. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  let least = Infinity;
  for (let reading = 0; reading < 10; reading++) {
    await sleep(50);
    collectGarbage();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + external + arrayBuffers);
  }
  return least;
}
