import { expect, it } from 'vitest';
import type { Span } from '../../../src/core/index.ts';
import { CallSpans } from '../../../src/export/opentelemetry/index.ts';
import { analyzeTrace } from '../../../src/spans/index.ts';
import { RunIds } from '../../../src/trace/index.ts';
import { keptCall } from './kept-call.ts';

const MS = 1_000_000;
const RUN_ID = '691fab800000beef';
const NO_FAULTS = { touchedBy: [], active: [] };

function endpoint(url: string): {
  readonly url: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly statusAttribute: string;
} {
  return {
    url,
    attributes: { 'http.request.method': 'GET', 'url.full': url },
    statusAttribute: 'http.response.status_code',
  };
}

/** Returns the spans of two attempts, the second of which went to another endpoint and answered. */
async function attempts(firstMs: number): Promise<readonly Span[]> {
  const stored: Span[] = [];
  const spans = new CallSpans({
    run: {
      runId: RUN_ID,
      scenario: 'checkout',
      originEpochMs: 1_763_683_200_000,
      harnessVersion: '1',
    },
    ids: new RunIds(RUN_ID),
    endpoints: new Map([
      ['create-order', { ...endpoint('http://a:1/x'), others: [endpoint('http://b:2/x')] }],
    ]),
    accept: async (batch) => {
      stored.push(...batch);
    },
  });
  const of = { intendedNs: 0, seenNs: 0, callOutcome: 'ok', kept: 'error' } as const;
  spans.add(
    keptCall({
      ...of,
      spanSeq: 4,
      sentNs: 0,
      endNs: firstMs * MS,
      outcome: 'status',
      status: 503,
      attempt: 1,
    }),
    NO_FAULTS,
  );
  spans.add(
    keptCall({
      ...of,
      spanSeq: 5,
      sentNs: 20 * MS,
      endNs: 30 * MS,
      status: 200,
      attempt: 2,
      endpoint: 1,
    }),
    NO_FAULTS,
  );
  await spans.flush();
  return stored;
}

it('the spans of attempts say which they are, where they went, and how their call ended', async () => {
  const [first, second] = await attempts(10);
  expect(first?.attributes).toMatchObject({
    'callgauge.attempt': '1',
    'callgauge.outcome': 'status',
    'callgauge.call.outcome': 'ok',
    'server.address': 'a',
  });
  expect(first?.attributes).not.toHaveProperty('http.request.resend_count');
  expect(second?.attributes).toMatchObject({
    'callgauge.attempt': '2',
    'http.request.resend_count': '1',
    'callgauge.outcome': 'ok',
    'server.address': 'b',
    'server.port': '2',
    'url.full': 'http://b:2/x',
  });
  expect(second?.traceId).toBe(first?.traceId);
});

it('a trace shows them as the retry that they are', async () => {
  const found = analyzeTrace(await attempts(10))?.attempts;
  expect(found?.map(({ kind, spans, succeeded }) => [kind, spans.length, succeeded])).toEqual([
    ['retry', 2, true],
  ]);
});
