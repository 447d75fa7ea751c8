import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import { memorySpanWindows, type SpanWindows } from '../../src/spans/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import { FROM_EPOCH_NS, tangledTrace } from '../spans/generated-traces.ts';
import { listed } from '../spans/listed-spans.ts';
import { freshStore, type FreshStore } from './local-store.ts';

const RUN_ID = '6afc5580deadbeef';
const TRACES = 60;
const SEC = 1_000_000_000n;

let fresh: FreshStore;
let reader: SpanReader;
let memory: SpanWindows;

beforeAll(async () => {
  fresh = await freshStore();
  const spans = generated();
  memory = memorySpanWindows(spans);
  // Of two inserts, so that traces lie in several parts and spans come again in another.
  await fresh.store.sink.writeSpans(spans.slice(0, spans.length / 2));
  await fresh.store.sink.writeSpans(spans.slice(spans.length / 3));
  reader = await openSpans({ dir: fresh.dir });
});

afterAll(async () => {
  await reader?.close();
  await fresh?.close();
});

test.each([
  ['all of it', {}],
  [
    'a part of it',
    { fromEpochNs: FROM_EPOCH_NS + 10n * SEC, toEpochNs: FROM_EPOCH_NS + 30n * SEC },
  ],
  ['those of a run', { runId: RUN_ID }],
  ['those that pass through a service', { serviceName: 'service-2' }],
  ['those of none', { serviceName: 'nobody' }],
])('a window of the store is that of the same spans in memory: %s', async (_what, part) => {
  const selection = {
    fromEpochNs: FROM_EPOCH_NS,
    toEpochNs: FROM_EPOCH_NS + 3_600n * SEC,
    ...part,
  };
  const [stored, wanted] = await Promise.all([
    reader.windows.spansIn(selection, 1_000),
    memory.spansIn(selection, 1_000),
  ]);
  expect(stored.tracesInAll).toBe(wanted.tracesInAll);
  expect(listed(stored.table)).toEqual(listed(wanted.table));
});

test('an even sample of whole traces is read where there are more, and how many is said', async () => {
  const selection = { fromEpochNs: FROM_EPOCH_NS, toEpochNs: FROM_EPOCH_NS + 3_600n * SEC };
  const { table, tracesInAll } = await reader.windows.spansIn(selection, 10);
  expect([table.traceCount, tracesInAll]).toEqual([10, TRACES]);
  const whole = new Map(listed((await memory.spansIn(selection, 1_000)).table));
  for (const [traceId, spans] of listed(table)) expect(spans).toEqual(whole.get(traceId));
});

/** Every third trace is one of a run; each begins a second after the one before. */
function generated(): readonly Span[] {
  return Array.from({ length: TRACES }, (_, n) => {
    const id = n.toString(16).padStart(16, '0');
    const spans = tangledTrace(n, `${n % 3 === 0 ? RUN_ID : '00000000000000aa'}${id}`);
    return spans.map((span) => ({ ...span, startEpochNs: span.startEpochNs + BigInt(n) * SEC }));
  }).flat();
}
