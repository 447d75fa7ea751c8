import type { Span } from '../../src/core/index.ts';
import type { Store } from '../../src/store/index.ts';
import { ByteWriter, encodeBlock } from '../../src/native/index.ts';
import { spanTableFor } from '../../src/store/span-layout.ts';
import { pauseSec } from '../child-process.ts';
import { ShopTraces, type IncidentPart } from './shop-traces.ts';

/** Where in the time that is filled something is. */
export interface FilledTime {
  readonly fromEpochNs: bigint;
  readonly toEpochNs: bigint;
}

/** What a store is filled with. */
export interface Filling {
  readonly traces: number;
  readonly all: FilledTime;
  /** A time like any other, and one with the incident; as long as each other. */
  readonly baseline: FilledTime;
  readonly incident: FilledTime;
  /** Two of the parts, in which all is well. */
  readonly wide: FilledTime;
}

/** A day after midnight, so that all lies in one partition. */
const START_EPOCH_NS = 1_790_208_000_000_000_000n;
/** Traces of the shop begin so often. */
const TRACES_PER_SEC = 40;
const SPANS_PER_TRACE = 10.17;
const SPANS_PER_BLOCK = 50_000;
const SEED = 1;
/** Of twenty parts of the time the incident is in the eighteenth. */
const PARTS = 20;
const BASELINE_PART = 15;
const INCIDENT_PART = 17;
const WIDE_PART = 10;
const MERGES_BOUND_SEC = 300;

/** Returns what about so many spans are filled as. */
export function fillingOf(spans: number): Filling {
  const traces = Math.ceil(spans / SPANS_PER_TRACE / PARTS) * PARTS;
  const partOf = (from: number, to: number): FilledTime => ({
    fromEpochNs: START_EPOCH_NS + BigInt((traces / PARTS) * from) * NS_PER_TRACE,
    toEpochNs: START_EPOCH_NS + BigInt((traces / PARTS) * to) * NS_PER_TRACE,
  });
  return {
    traces,
    all: partOf(0, PARTS),
    baseline: partOf(BASELINE_PART, BASELINE_PART + 1),
    incident: partOf(INCIDENT_PART, INCIDENT_PART + 1),
    wide: partOf(WIDE_PART, WIDE_PART + 2),
  };
}

const NS_PER_TRACE = 1_000_000_000n / BigInt(TRACES_PER_SEC);

/**
 * Fills a store, unless it is filled so already, and waits until its parts are merged.
 * @throws Error where it holds other spans
 */
export async function fillStore(store: Store, filling: Filling): Promise<void> {
  const { connection, layout } = store;
  const [held] = await connection.select<{ readonly Traces: number }>(
    `SELECT uniqExact(cityHash64(TraceId)) AS Traces FROM otel_traces WHERE ParentSpanId = ''`,
  );
  if (held !== undefined && held.Traces > 0) {
    if (held.Traces === filling.traces) return;
    throw new Error(`the store holds ${held.Traces} traces, and ${filling.traces} are wanted`);
  }
  const incident: IncidentPart = {
    fromTrace: (filling.traces / PARTS) * INCIDENT_PART,
    toTrace: (filling.traces / PARTS) * (INCIDENT_PART + 1),
  };
  const maker = new ShopTraces(SEED, incident);
  const table = spanTableFor(layout);
  const out = new ByteWriter(2 ** 26);
  let spans: Span[] = [];
  let sending = Promise.resolve();
  for (let trace = 0; trace < filling.traces; trace++) {
    maker.add(spans, START_EPOCH_NS + BigInt(trace) * NS_PER_TRACE);
    if (spans.length < SPANS_PER_BLOCK && trace < filling.traces - 1) continue;
    await sending;
    sending = connection.insertFrame({
      table: table.name,
      columns: table.columns.map(({ name }) => name),
      token: `bench of questions ${trace}`,
      rows: spans.length,
      blocks: [encodeBlock(out, table.columns, spans)],
    });
    spans = [];
  }
  await sending;
  for (let waitedSec = 0; waitedSec < MERGES_BOUND_SEC; waitedSec++) {
    const [row] = await connection.select<{ readonly Merges: number }>(
      'SELECT count() AS Merges FROM system.merges',
    );
    if (row?.Merges === 0) break;
    await pauseSec(1);
  }
}
