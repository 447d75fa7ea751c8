import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EdgeTuning, Tuning } from '../../src/advise/index.ts';
import { tuningOfTime } from '../../src/run/stored/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import { callgauge } from '../cli/callgauge-process.ts';
import { collectorTable } from './collector-table.ts';
import { teamClickHouse, type TeamClickHouse } from './team-clickhouse.ts';

const FROM_NS = 1_767_322_800_000_000_000n;
const TRACES = 6_000;
/** 100 traces a second. */
const TIME = { fromEpochNs: FROM_NS, toEpochNs: FROM_NS + 60_000_000_000n };
const STOCK = 'GET /stock';

let team: TeamClickHouse;
let reader: SpanReader;

beforeAll(async () => {
  team = await teamClickHouse();
  await team.admin.execute(collectorTable('spans', 'Map(LowCardinality(String), String)'));
  for (const statement of statements()) await team.admin.execute(statement);
  reader = await openSpans({ url: team.readerUrl, spans: 'team.spans' });
});

afterAll(async () => {
  await reader?.close();
  await team?.close();
});

describe('a team’s own spans', () => {
  test('are tuned edge by edge, without a run', async () => {
    const { traces, runs, edges } = await tuned();
    expect(runs).toEqual([]);
    expect(traces).toMatchObject({ seenNs: 60e9, ratio: 1, fromEpochMs: 1_767_322_800_000 });
    const stock = edgeOf(edges, 'front', 'stock');
    // One of 200 ran into the caller's deadline, one of 100 got 503 and was sent again.
    expect(stock.advice).toMatchObject({ n: 6_000, failed: 60 });
    expect(stock).toMatchObject({
      operation: STOCK,
      request: { httpMethod: 'GET', path: '/stock' },
      retries: { again: { retried: 60, failedAgain: 0, verdict: 'helps' }, reason: 'helps' },
      policy: { retryOn: 'transient' },
      protection: { bulkhead: {} },
    });
    expect(stock.ratePerSec).toBeCloseTo(100, 0);
    expect(stock.connect).toBeUndefined();
    const connect = stock.settings.find(({ name }) => name === 'connect timeout');
    expect(connect?.restsOn).toContain('spans do not tell how long connecting took');
    const limit = stock.settings.find(({ name }) => name === 'rate limit');
    expect(limit?.value).toBe('not known');
  });

  test('of servers whose callers have none are of the callers above, or of outside', async () => {
    const { edges, traces } = await tuned();
    expect(edges.map(({ caller, callee, byServer = false }) => [caller, callee, byServer])).toEqual(
      expect.arrayContaining([
        ['front', 'stock', false],
        ['front', 'legacy', true],
        ['(outside)', 'front', true],
      ]),
    );
    expect(edges).toHaveLength(3);
    const [timeout] = edgeOf(edges, 'front', 'legacy').settings;
    expect(timeout?.restsOn).toContain('the network comes on top');
    expect(traces?.doubts.join(' ')).toContain('times are without the network');
  });

  test('of a deadline that passed count as cut off, by code or by words', async () => {
    const stock = edgeOf((await tuned()).edges, 'front', 'stock');
    const { failureRatio } = stock.retries;
    expect(failureRatio).toBeCloseTo((60 + 30) / 6_060, 5);
  });

  test('are tuned by the command, and exported', async () => {
    const of = [
      '--spans',
      'team.spans',
      '--store',
      team.readerUrl,
      '--from',
      '2026-01-02T03:00:00Z',
    ];
    const shown = await callgauge(['tune', ...of, '--caller', 'front']);
    expect(shown.code, shown.err).toBe(0);
    expect(shown.out).toContain('What spans do not tell:');
    expect(shown.out).toContain('front → stock  GET /stock');
    const exported = await callgauge(['tune', ...of, '--caller', 'front', '--export', 'haproxy']);
    expect(exported.code, exported.err).toBe(0);
    expect(exported.out.replaceAll(/\s+#?\s*/gu, ' ')).toContain(
      'by the traces of 2026-01-02T03:00:00.000Z to',
    );
    expect(exported.out).toContain('backend stock-get-stock');
  });

  test.each([
    [['--spans', 'team.spans'], 'a time is wanted beside --spans team.spans'],
    [['latest', '--since', '1h'], 'runs or a time are wanted, got both, run latest'],
    [['--since', '1h', '--from', '2026-01-02'], '--since and --from exclude each other'],
  ])('%j is refused', async (options, message) => {
    const ended = await callgauge(['tune', ...options, '--store', team.readerUrl]);
    expect(ended.code).toBe(104);
    expect(ended.err).toContain(message);
  });
});

function tuned(): Promise<Tuning> {
  return tuningOfTime({ ...reader }, TIME, { idempotent: [] });
}

function edgeOf(edges: readonly EdgeTuning[], caller: string, callee: string): EdgeTuning {
  const edge = edges.find((one) => one.caller === caller && one.callee === callee);
  if (edge === undefined) throw new Error(`no edge ${caller} → ${callee}`);
  return edge;
}

/**
 * Trace n begins n * 10 ms after the time does: front calls stock, and legacy by a span that is no
 * CLIENT's. Of 200 one call ran into a deadline, of 100 one was refused and made again.
 */
function statements(): readonly string[] {
  const atNs = `${FROM_NS} + number * 10000000`;
  const tookNs = '20000000 + cityHash64(number) % 20000000';
  const insert = (
    spanId: number,
    [parent, service, name, kind]: readonly [number, string, string, string],
    {
      at = atNs,
      took = tookNs,
      status = "'Unset'",
      message = "''",
      attributes = 'map()',
      where = '1',
    },
  ): string =>
    `INSERT INTO team.spans (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode, StatusMessage, SpanAttributes)
     SELECT fromUnixTimestamp64Nano(toInt64(${at})), leftPad(hex(number), 32, 'a'), '${idOf(spanId)}', '${parent === 0 ? '' : idOf(parent)}',
       '${name}', '${kind}', '${service}', toUInt64(${took}), ${status}, ${message}, ${attributes}
     FROM numbers(${TRACES}) WHERE ${where}`;
  const http = "map('http.request.method', 'GET', 'url.path', '/stock'";
  const isLate = 'number % 200 = 7';
  const isRefused = 'number % 100 = 3';
  return [
    insert(1, [0, 'front', 'GET /', 'Server'], { took: '90000000' }),
    insert(2, [1, 'front', STOCK, 'Client'], {
      status: `if(${isLate} OR ${isRefused}, 'Error', 'Unset')`,
      message: `if(${isLate} AND number % 400 = 7, 'context deadline exceeded', '')`,
      attributes: `multiIf(${isLate} AND number % 400 != 7, ${http}, 'rpc.grpc.status_code', '4'), ${isRefused}, ${http}, 'http.response.status_code', '503'), ${http}))`,
    }),
    insert(3, [2, 'stock', STOCK, 'Server'], { took: '10000000' }),
    insert(4, [1, 'front', STOCK, 'Client'], {
      at: `${atNs} + 45000000`,
      attributes: `${http}, 'http.request.resend_count', '1')`,
      where: isRefused,
    }),
    insert(5, [4, 'stock', STOCK, 'Server'], {
      at: `${atNs} + 46000000`,
      took: '10000000',
      where: isRefused,
    }),
    insert(6, [1, 'front', 'work', 'Internal'], { at: `${atNs} + 1000000`, took: '40000000' }),
    insert(7, [6, 'legacy', 'read', 'Server'], { at: `${atNs} + 2000000`, took: tookNs }),
  ];
}

function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}
