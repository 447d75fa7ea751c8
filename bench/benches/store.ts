import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Span } from '../../src/core/index.ts';
import { decodeProtobuf } from '../../src/ingest/protobuf-columns.ts';
import { SPAN_TABLE, spanBlock, spansOf, type SpanBlock } from '../../src/native/index.ts';
import { openStore, type StoreConnection } from '../../src/store/index.ts';
import { exportBodies, type ExportBody } from '../exports/export-bodies.ts';
import type { BenchOptions } from '../options.ts';
import { cpuSecOf } from '../process-cpu.ts';
import { samplingTable } from '../sampling-costs.ts';
import { type ClickHouseServer, startClickHouse } from '../servers/clickhouse.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

const SPANS = 200_000;
const QUICK_SPANS = 40_000;
const ROUNDS = 3;
const BODY_SPANS = [500, 2_000] as const;
const INSERT_ROWS = [1_000, 10_000, 100_000];
const MAX_ITEMS = 200_000;
const NS_PER_MS = 1_000_000n;
const US_PER_SEC = 1e6;

/** How spans are written to the store. */
interface Form {
  readonly name: string;
  /** Makes one insert of so many spans, and returns what sends it. */
  prepare(spans: readonly Span[]): Insert;
}

type Insert = (connection: StoreConnection, server: ClickHouseServer) => Promise<void>;

/** What one way of writing took for all spans of a round. */
interface Cost {
  readonly spansPerSec: number;
  readonly clickHouseUsPerSpan: number;
  readonly bytesPerSpan: number;
}

const FORMS: readonly Form[] = [
  { name: 'Native, one block', prepare: (spans) => native([spanBlock(spans)]) },
  {
    name: 'Native, blocks of 500',
    prepare: (spans) => native(chunks(spans, BODY_SPANS[0]).map(spanBlock)),
  },
  { name: 'JSON, a row each', prepare: jsonRows },
];

/**
 * Prints what the store's side of a receiver costs: the columns made of what came, on one thread,
 * these put on disk, all of them or for a sample of their traces, and ClickHouse's inserts of them,
 * one after another, by form and size. In turns, as `receive`.
 */
export async function benchStore(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const count = options.spans ?? (options.quick ? QUICK_SPANS : SPANS);
  const rounds = options.rounds ?? (options.quick ? 1 : ROUNDS);
  const startEpochNs = BigInt(Date.now()) * NS_PER_MS;
  const bodiesOf = (spansPerBody: number): ExportBody[] =>
    exportBodies({ spans: count, spansPerBody, seed: 1, startEpochNs });
  const spans = bodiesOf(BODY_SPANS[0]).flatMap((body) => [...spansOf(blockOf(body))]);
  say(`${spans.length} spans, medians of ${rounds} rounds\n`);
  say(`${encodingTable(spans, BODY_SPANS.map(bodiesOf), rounds)}\n`);

  say(`${await samplingTable(bodiesOf(BODY_SPANS[0]).map(blockOf), scratch, rounds)}\n`);

  const server = await startClickHouse(scratch);
  try {
    const costs = new Map<string, Cost[]>();
    let databases = 0;
    for (let round = 0; round < rounds; round++) {
      for (const rows of INSERT_ROWS) {
        for (const form of FORMS) {
          const key = `${form.name}, ${rows} rows an insert`;
          const inserts = chunks(spans, rows).map((chunk) => form.prepare(chunk));
          const database = `store_${databases++}`;
          const dir = join(scratch, database);
          const cost = await insertCost(server, { database, dir, inserts, count: spans.length });
          costs.set(key, [...(costs.get(key) ?? []), cost]);
        }
      }
    }
    say(`ClickHouse ${server.version}, one insert at a time\n\n${costTable(costs)}`);
  } finally {
    await server.stop();
  }
}

function blockOf({ bytes }: ExportBody): SpanBlock {
  const { block, notes } = decodeProtobuf(bytes, {
    maxItems: MAX_ITEMS,
    rejectionOf: () => undefined,
  });
  if (notes.rejectedSpans > 0) throw new Error(`spans were rejected: ${notes.rejection}`);
  return block;
}

function encodingTable(
  spans: readonly Span[],
  bodies: readonly (readonly ExportBody[])[],
  rounds: number,
): string {
  const ways: (readonly [string, () => void])[] = [
    ...bodies.map((of, i): readonly [string, () => void] => [
      `protobuf to columns, ${BODY_SPANS[i]} a body`,
      () => of.forEach(blockOf),
    ]),
    ['spans to columns', () => chunks(spans, BODY_SPANS[0]).forEach(spanBlock)],
    ['spans to rows of JSON', () => chunks(spans, BODY_SPANS[0]).forEach(jsonText)],
  ];
  const usPerSpan = new Map<string, number[]>(ways.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, work] of ways) {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round > 0) usPerSpan.get(name)?.push((user + system) / spans.length);
    }
  }
  return renderTable(
    ['made', 'CPU us/span'],
    [...usPerSpan].map(([name, values]) => [name, median(values).toFixed(2)]),
  );
}

interface InsertRound {
  readonly database: string;
  /** Where the store keeps what is its own on this machine. */
  readonly dir: string;
  readonly inserts: readonly Insert[];
  /** Spans of all inserts. */
  readonly count: number;
}

async function insertCost(
  server: ClickHouseServer,
  { database, dir, inserts, count }: InsertRound,
): Promise<Cost> {
  const store = await openStore({ url: `${server.url}/${database}`, dir });
  try {
    const cpuSec = cpuSecOf(server.pid) ?? Number.NaN;
    const fromMs = performance.now();
    for (const insert of inserts) await insert(store.connection, server);
    const tookSec = (performance.now() - fromMs) / 1_000;
    const usedSec = (cpuSecOf(server.pid) ?? Number.NaN) - cpuSec;
    const [row = []] = await server.rows(
      `SELECT sum(bytes_on_disk), sum(rows) FROM system.parts
       WHERE database = '${database}' AND table = '${SPAN_TABLE.name}' AND active`,
    );
    const [bytes = Number.NaN, rows = Number.NaN] = row.map(Number);
    if (rows !== count) throw new Error(`${rows} rows are stored, not ${count}`);
    return {
      spansPerSec: count / tookSec,
      clickHouseUsPerSpan: (usedSec * US_PER_SEC) / count,
      bytesPerSpan: bytes / count,
    };
  } finally {
    await store.close();
    await server.rows(`DROP DATABASE ${database} SYNC`);
  }
}

function costTable(costs: ReadonlyMap<string, readonly Cost[]>): string {
  return renderTable(
    ['inserted', 'spans/s', 'ClickHouse CPU us/span', 'B/span on disk'],
    [...costs].map(([name, of]) => [
      name,
      median(of.map((cost) => cost.spansPerSec)).toFixed(0),
      median(of.map((cost) => cost.clickHouseUsPerSpan)).toFixed(1),
      median(of.map((cost) => cost.bytesPerSpan)).toFixed(1),
    ]),
  );
}

function native(blocks: readonly SpanBlock[]): Insert {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const columns = SPAN_TABLE.columns.map(({ name }) => name);
  return (connection) =>
    connection.insertFrame({
      table: SPAN_TABLE.name,
      columns,
      token: randomUUID(),
      rows,
      blocks: blocks.map(({ bytes }) => bytes),
    });
}

function jsonRows(spans: readonly Span[]): Insert {
  const text = jsonText(spans);
  return async ({ database }, server) => {
    await server.rows(`INSERT INTO ${database}.${SPAN_TABLE.name} FORMAT JSONEachRow\n${text}`);
  };
}

/** The rows as a client without a format of columns sends them. */
function jsonText(spans: readonly Span[]): string {
  return spans.map((span) => JSON.stringify(rowOf(span))).join('\n');
}

function rowOf(span: Span): Record<string, unknown> {
  const { events, links } = span;
  return {
    Timestamp: secondsText(span.startEpochNs),
    TraceId: span.traceId,
    SpanId: span.spanId,
    ParentSpanId: span.parentSpanId,
    TraceState: span.traceState,
    SpanName: span.name,
    SpanKind: span.kind,
    ServiceName: span.serviceName,
    ResourceAttributes: span.resourceAttributes,
    ScopeName: span.scopeName,
    ScopeVersion: span.scopeVersion,
    SpanAttributes: span.attributes,
    Duration: String(span.durationNs),
    StatusCode: span.status,
    StatusMessage: span.statusMessage,
    'Events.Timestamp': events.map(({ epochNs }) => secondsText(epochNs)),
    'Events.Name': events.map(({ name }) => name),
    'Events.Attributes': events.map(({ attributes }) => attributes),
    'Links.TraceId': links.map(({ traceId }) => traceId),
    'Links.SpanId': links.map(({ spanId }) => spanId),
    'Links.TraceState': links.map(({ traceState }) => traceState),
    'Links.Attributes': links.map(({ attributes }) => attributes),
  };
}

/** Seconds with nine decimals, as DateTime64(9) is read. */
function secondsText(epochNs: bigint): string {
  const digits = String(epochNs).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
