import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  epochNowMs,
  epochNsFromMs,
  NS_PER_SEC,
  type RunRecord,
  type Span,
} from '../../src/core/index.ts';
import type { Store } from '../../src/store/index.ts';
import { runRecord } from '../analyze/memory-source.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;
let store: Store;

const STARTED_MS = Math.floor(epochNowMs());
const SECOND = Math.floor(STARTED_MS / 1_000).toString(16);
const STEADY = [{ fromNs: 5 * NS_PER_SEC, toNs: 35 * NS_PER_SEC }];
let runs = 0;

beforeAll(async () => {
  fresh = await freshStore();
  ({ store } = fresh);
});

afterAll(() => fresh.close());

/** One run of 35 s, of which 30 s are measured, and its spans. */
class FailingRun {
  readonly id = `${SECOND}fa11${(++runs).toString(16).padStart(4, '0')}`;
  readonly #spans: Span[] = [];

  traceId(n: number): string {
    return this.id + n.toString(16).padStart(16, '0');
  }

  /** Adds a span to the trace `n`, at second 5 + n where not said otherwise. */
  add(n: number, spanId: string, changes: Partial<Span> & { readonly atSec?: number } = {}): this {
    const { atSec = 5 + n, ...rest } = changes;
    this.#spans.push({
      traceId: this.traceId(n),
      spanId: spanId.padStart(16, '0'),
      parentSpanId: '',
      traceState: '',
      name: 'POST /pay',
      kind: 'Client',
      serviceName: 'orders',
      startEpochNs: epochNsFromMs(STARTED_MS) + BigInt(Math.round(atSec * NS_PER_SEC)),
      durationNs: 1_000_000n,
      status: 'Error',
      statusMessage: '',
      resourceAttributes: {},
      attributes: {},
      scopeName: '',
      scopeVersion: '',
      events: [],
      links: [],
      ...rest,
    });
    return this;
  }

  /** Adds a failed call of the harness. */
  call(n: number, reason: string, changes: Partial<Span> = {}, phase = 'steady'): this {
    return this.add(n, 'c0', {
      serviceName: 'callgauge',
      name: 'buy',
      attributes: {
        'callgauge.step': 'buy',
        'callgauge.phase': phase,
        'callgauge.outcome': 'status',
        'callgauge.reason': reason,
      },
      ...changes,
    });
  }

  /** Stores every span twice, as where a delivery was not acknowledged the first time. */
  async stored(): Promise<this> {
    await store.sink.writeRun(this.#record());
    await store.sink.writeSpans([...this.#spans, ...this.#spans]);
    return this;
  }

  #record(): RunRecord {
    return runRecord({
      runId: this.id,
      startedEpochMs: STARTED_MS,
      endedEpochMs: 0,
      status: 'running',
      phases: [],
    });
  }
}

describe('failed attempts between services', () => {
  const peer = { 'server.address': '10.0.0.7', 'server.port': '80' };

  test('are counted by edge and reason, with the first and the last trace', async () => {
    const run = new FailingRun()
      // The same caller finds payment at this address: also those that reached nobody were to it.
      .add(0, 'a0', { status: 'Unset', attributes: peer })
      .add(0, 'b0', { parentSpanId: '00000000000000a0', kind: 'Server', serviceName: 'payment' });
    for (const n of [3, 1, 2]) {
      run.add(n, 'a0', { attributes: { ...peer, 'error.type': 'ECONNREFUSED' } });
    }
    // In Zipkin's manner the server has the id of its client.
    run
      .add(4, 'a0', { attributes: { ...peer, 'http.status_code': '503' } })
      .add(4, 'a0', { kind: 'Server', serviceName: 'payment' })
      .add(5, 'a0', { attributes: { 'service.peer.name': 'bank' }, name: 'Charge' })
      // Not measured, and a call of the harness itself.
      .add(6, 'a0', { atSec: 1, attributes: { ...peer, 'error.type': 'ECONNREFUSED' } })
      .call(7, 'status 503');
    await run.stored();
    const edge = { caller: 'orders', callee: 'payment', operation: 'POST /pay' };
    expect(await store.source.failedAttempts(run.id, STEADY)).toEqual([
      { ...edge, text: 'ECONNREFUSED', count: 3, traceIds: [run.traceId(1), run.traceId(3)] },
      {
        caller: 'orders',
        callee: 'bank',
        operation: 'Charge',
        text: 'no reason given',
        count: 1,
        traceIds: [run.traceId(5)],
      },
      { ...edge, text: 'status 503', count: 1, traceIds: [run.traceId(4)] },
    ]);
    expect(await store.source.failedAttempts(run.id, [])).toEqual([]);
    expect(await store.source.failedAttempts(`${SECOND}00000000`, STEADY)).toEqual([]);
  });

  test('have the reason that says most, however instrumentation wrote it', async () => {
    const message = 'connect ECONNREFUSED 127.0.0.1:9\n    at TCPConnectWrap';
    const written: readonly (readonly [string, Span['attributes'], string?])[] = [
      ['UNAVAILABLE', { 'rpc.grpc.status_code': '14' }, '14 UNAVAILABLE: no address'],
      ['NOT_FOUND', { 'rpc.response.status_code': 'NOT_FOUND', 'error.type': 'NOT_FOUND' }],
      ['99', { 'rpc.grpc.status_code': '99' }],
      ['status 500', { 'error.type': '500', 'http.response.status_code': '500' }],
      ['status 404', { 'http.status_code': '404' }, 'Not Found'],
      ['BodyTooLarge', { 'error.type': 'BodyTooLarge', 'http.status_code': '200' }],
      ['connect ECONNREFUSED 127.0.0.1:9', { 'error.type': 'Error' }, message],
      ['read timeout', { 'error.type': '_OTHER', 'http.status_code': '200' }, ' read timeout'],
      ['Error', { 'error.type': 'Error' }],
      ['x'.repeat(200), {}, 'x'.repeat(500)],
    ];
    const run = new FailingRun();
    for (const [n, [, attributes, statusMessage = '']] of written.entries()) {
      run.add(n, 'a0', { attributes: { ...attributes, ...peer }, statusMessage });
    }
    await run.stored();
    const found = await store.source.failedAttempts(run.id, STEADY);
    const byTrace = new Map(found.map(({ traceIds, text }) => [traceIds[0], text]));
    expect(written.map((_, n) => byTrace.get(run.traceId(n)))).toEqual(
      written.map(([text]) => text),
    );
  });

  test('past 20 reasons of an edge are counted as one', async () => {
    const run = new FailingRun();
    for (let n = 0; n < 25; n++) {
      const attributes = { ...peer, 'error.type': `E${n}` };
      run.add(n, 'a0', { attributes }).add(n, 'a1', { attributes, name: 'GET /other' });
    }
    for (const n of [0, 1, 2]) run.add(n, 'a2', { statusMessage: 'often', attributes: peer });
    await run.stored();
    const found = await store.source.failedAttempts(run.id, STEADY);
    const ofPay = found.filter(({ operation }) => operation === 'POST /pay');
    expect(ofPay).toHaveLength(21);
    expect(ofPay.slice(0, 2).map(({ text, count }) => [text, count])).toEqual([
      ['other', 6],
      ['often', 3],
    ]);
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(53);
  });
});

describe('failed calls', () => {
  test('are shown by the first and the last of each reason', async () => {
    const run = new FailingRun()
      .call(1, 'status 503')
      .call(2, 'status 503')
      .call(3, 'status 503')
      .call(4, 'ECONNRESET')
      // A service's failure, one that went well, and one that is not measured.
      .add(5, 'a0')
      .call(6, '', { status: 'Unset' })
      .call(7, 'status 503', {}, 'warm-up');
    await run.stored();
    const of = { step: 'buy', outcome: 'status' };
    expect(await store.source.failureExamples(run.id, ['steady'])).toEqual([
      { ...of, text: 'status 503', traceIds: [run.traceId(1), run.traceId(3)] },
      { ...of, text: 'ECONNRESET', traceIds: [run.traceId(4)] },
    ]);
    expect(await store.source.failureExamples(run.id, [])).toEqual([]);
    expect(await store.source.failureExamples(`${SECOND}00000000`, ['steady'])).toEqual([]);
  });

  test('the last one stands before a later failure of a service', async () => {
    const run = await new FailingRun()
      .call(1, 'status 503')
      .call(2, 'status 503')
      .call(3, 'status 503', {}, 'warm-up')
      .call(4, '', { status: 'Unset' })
      .add(5, 'a0')
      .stored();
    const last = (phases: readonly string[]): Promise<unknown> =>
      store.source.lastFailedTrace(run.id, phases);
    expect(await last(['steady'])).toEqual({ traceId: run.traceId(2), serviceName: 'callgauge' });
    expect(await last(['other'])).toEqual({ traceId: run.traceId(5), serviceName: 'orders' });
    const healthy = await new FailingRun().call(1, '', { status: 'Unset' }).stored();
    expect(await store.source.lastFailedTrace(healthy.id, ['steady'])).toBeUndefined();
  });
});

describe('traces by the beginning of their id', () => {
  test('one, several, or none', async () => {
    const run = await new FailingRun()
      .call(0x1a, 'status 503')
      .add(0x1a, 'a0', { parentSpanId: '00000000000000c0', atSec: 1 })
      .add(0x1a, 'b0', { parentSpanId: '00000000000000a0', status: 'Unset' })
      .call(0x1b, '', { status: 'Unset' })
      .add(0x2a, 'a0', { atSec: 3 })
      .stored();
    const beginning = async (prefix: string, limit = 10): Promise<readonly string[]> =>
      (await store.source.tracesBeginning(prefix, limit)).map(({ traceId }) => traceId);
    const whole = run.traceId(0x1a);
    expect(await store.source.tracesBeginning(whole, 10)).toEqual([
      {
        traceId: whole,
        startEpochNs: epochNsFromMs(STARTED_MS) + 1_000_000_000n,
        // The call, though by the clock of orders its attempt began before it.
        serviceName: 'callgauge',
        name: 'buy',
        spanCount: 3,
        failedCount: 2,
      },
    ]);
    const several = whole.slice(0, -1);
    expect(await beginning(several)).toEqual([run.traceId(0x1b), whole]);
    expect(await beginning(several, 1)).toEqual([run.traceId(0x1b)]);
    // The beginning of a run's id, shorter than it, and one of none.
    expect(await beginning(run.id.slice(0, 15), 100)).toEqual(
      expect.arrayContaining([whole, run.traceId(0x1b), run.traceId(0x2a)]),
    );
    expect(await beginning(`${run.id}f`)).toEqual([]);
    expect(await beginning('ffff')).toEqual([]);
  });
});
