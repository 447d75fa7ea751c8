import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SPAN_KINDS, SPAN_STATUSES } from '../../src/core/index.ts';
import type { SpanRow } from '../../src/spans/index.ts';
import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { shopRows } from '../incident/modelled-shop.ts';
import { protobufBody } from '../ingest/otlp-messages.ts';
import { freePort } from './free-port.ts';
import { installedPart } from './installed-parts.ts';
import { startCollector, type RunningCollector } from './otel-collector.ts';
import { teamClickHouse, type TeamClickHouse } from './team-clickhouse.ts';

const COLLECTOR = installedPart('bin/otel-collector');
const TRACES = 150;
/** The modelled shop opens here, in November 2023. */
const FROM_EPOCH_SEC = 1_700_000_000;
const WINDOW_SEC = 3_600;
const REQUEST_SPANS = 1_000;
const OURS = 'team.otel_traces';
/** Those that the Collector's exporter makes, of both kinds. */
const THEIRS = ['team.with_maps', 'team.with_json'] as const;

const place = new Workplace();
let team: TeamClickHouse;
let collector: RunningCollector | undefined;
let receiver: CallgaugeProcess | undefined;

describe.skipIf(COLLECTOR === undefined)("the Collector's own tables", () => {
  beforeAll(async () => {
    team = await teamClickHouse();
    await fill();
  });

  afterAll(async () => {
    collector?.kill();
    receiver?.child.kill('SIGKILL');
    await team.close();
    place.remove();
  });

  test.each(THEIRS)('%s has the same incident as ours', async (table) => {
    const told = ['--baseline', timesOf(0).join('..'), '--window', timesOf(WINDOW_SEC).join('..')];
    const { isExplained, causes } = JSON.parse(await same(table, ['incident', ...told])) as {
      readonly isExplained: boolean;
      readonly causes: readonly { readonly service: string }[];
    };
    expect(isExplained).toBe(true);
    expect(causes.map(({ service }) => service)).toEqual(['cart', 'payment']);
    // Where the window is looked for, up to the newest trace.
    expect(JSON.parse(await same(table, ['incident', '--since', '2h']))).toMatchObject({
      isExplained: true,
    });
  });

  test.each(THEIRS)('%s has the same graph as ours', async (table) => {
    const [from, to] = timesOf(WINDOW_SEC);
    const json = await same(table, ['graph', '--from', from, '--to', to]);
    expect(json).toContain('"Payment/Charge"');
  });

  test.each(THEIRS)('%s has the same traces as ours', async (table) => {
    const [from, to] = timesOf(WINDOW_SEC);
    const failed = ['--service', 'payment', '--failed'];
    const found = await same(table, ['traces', '--from', from, '--to', to, ...failed]);
    const { traces } = JSON.parse(found) as { traces: readonly { readonly traceId: string }[] };
    const shown = await same(table, ['trace', traces[0]?.traceId ?? 'none']);
    for (const value of ['9007199254740993', '0.5', 'true', 'AQID', '["x",2]', 'half', 'Zoë "Z"']) {
      expect(shown).toContain(JSON.stringify(value));
    }
  });
});

/** Returns the times in which the traces lie that begin so long after the first one. */
function timesOf(afterSec: number): readonly [from: string, to: string] {
  const at = (sec: number): string => new Date((FROM_EPOCH_SEC + sec) * 1_000).toISOString();
  return [at(afterSec), at(afterSec + TRACES * 10)];
}

/** What commands print of our table. */
const printedOfOurs = new Map<string, string>();

/**
 * Returns what a command prints of ours as JSON, once it has printed the same of the other table:
 * keys of JSON columns come in another order.
 */
async function same(table: string, command: readonly string[]): Promise<string> {
  const printed = async (of: string): Promise<string> => {
    const args = [...command, '--json', '--store', team.readerUrl, '--spans', of];
    const { code, out, err } = await callgauge(args);
    expect({ code, err }).toMatchObject({ code: 0 });
    return out.replaceAll(of, 'TABLE');
  };
  const key = command.join(' ');
  const ours = printedOfOurs.get(key) ?? (await printed(OURS));
  printedOfOurs.set(key, ours);
  expect(JSON.parse(await printed(table))).toEqual(JSON.parse(ours));
  return ours;
}

/** Sends the same spans to our receiver and to the Collector, and waits for all in all tables. */
async function fill(): Promise<void> {
  const [ours, theirs] = [await freePort(), await freePort()];
  const store = ['--store', team.url.replace('//', '//admin:all@') + '/team'];
  const folder = ['--dir', place.storeDir];
  receiver = new CallgaugeProcess(['receive', '--listen', String(ours), ...store, ...folder]);
  await receiver.says('receiving at');
  const exporter = (table: string, json: boolean): object => ({
    endpoint: team.url,
    ...{ username: 'admin', password: 'all', database: 'team' },
    traces_table_name: table.slice('team.'.length),
    json,
    timeout: '60s',
  });
  collector = await startCollector(
    COLLECTOR ?? '',
    place,
    {
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${theirs}` } } } },
      processors: { batch: {} },
      exporters: {
        'clickhouse/maps': exporter(THEIRS[0], false),
        'clickhouse/json': exporter(THEIRS[1], true),
      },
      service: {
        pipelines: {
          traces: {
            receivers: ['otlp'],
            processors: ['batch'],
            exporters: ['clickhouse/maps', 'clickhouse/json'],
          },
        },
      },
    },
    [theirs],
  );
  const spans = rows();
  for (let at = 0; at < spans.length; at += REQUEST_SPANS) {
    const body = new Uint8Array(protobufBody(requestOf(spans.slice(at, at + REQUEST_SPANS))));
    for (const port of [ours, theirs]) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body,
      });
      expect(answer.status).toBe(200);
    }
  }
  receiver.child.kill('SIGINT');
  await receiver.ended();
  for (const table of [OURS, ...THEIRS]) {
    await vi.waitFor(
      async () => {
        const [row] = await team.admin.select<{ n: number }>(`SELECT count() AS n FROM ${table}`);
        expect(Number(row?.n)).toBe(spans.length);
      },
      { timeout: 60_000, interval: 100 },
    );
  }
  await collector.stop();
}

/** An hour when all is well, and one in which carts of one zone are slow and payments fail. */
function rows(): readonly SpanRow[] {
  const trouble = { slow: { service: 'cart', ms: 30, zone: 'us-1' } };
  const failing = { failing: { service: 'payment', ratio: 0.3 } };
  return [
    ...shopRows(1, TRACES).map((row) => ({ ...row, traceId: `a${row.traceId.slice(1)}` })),
    ...shopRows(2, TRACES, { ...trouble, ...failing }).map((row) => ({
      ...row,
      traceId: `b${row.traceId.slice(1)}`,
      startEpochNs: row.startEpochNs + BigInt(WINDOW_SEC) * 1_000_000_000n,
    })),
  ];
}

/** Returns the spans as an SDK sends them, each with values of every type. */
function requestOf(spans: readonly SpanRow[]): { readonly resourceSpans: readonly unknown[] } {
  const services = [...new Set(spans.map(({ serviceName }) => serviceName))];
  return {
    resourceSpans: services.map((service) => ({
      resource: {
        attributes: [
          attribute('service.name', { stringValue: service }),
          attribute('host.name', { stringValue: `node-${service}` }),
          attribute('process.pid', { intValue: '7' }),
        ],
      },
      scopeSpans: [
        {
          scope: { name: 'shop', version: '2.0' },
          spans: spans.filter(({ serviceName }) => serviceName === service).map(otlpSpan),
        },
      ],
    })),
  };
}

function otlpSpan(row: SpanRow): object {
  const { traceId, spanId, parentSpanId, name, startEpochNs } = row;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== '' && { parentSpanId }),
    name,
    kind: SPAN_KINDS.indexOf(row.kind),
    startTimeUnixNano: String(startEpochNs),
    endTimeUnixNano: String(startEpochNs + row.durationNs),
    status: { code: SPAN_STATUSES.indexOf(row.status) },
    attributes: [
      ...Object.entries(row.attributes).map(([key, text]) => attribute(key, { stringValue: text })),
      attribute('large', { intValue: '9007199254740993' }),
      attribute('ratio', { doubleValue: 0.5 }),
      attribute('cached', { boolValue: true }),
      attribute('key.bytes', { bytesValue: 'AQID' }),
      attribute('user.name', { stringValue: 'Zoë "Z"' }),
      attribute('tags', {
        arrayValue: { values: [{ stringValue: 'x' }, { intValue: '2' }] },
      }),
    ],
    events: [
      {
        timeUnixNano: String(startEpochNs + 1_000n),
        name: 'half',
        attributes: [attribute('done', { intValue: '50' })],
      },
    ],
    links: [{ traceId, spanId, attributes: [attribute('why', { stringValue: 'itself' })] }],
  };
}

function attribute(key: string, value: object): object {
  return { key, value };
}
