import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  PROPAGATION_FORMATS,
  type PropagationFormat,
  RunIds,
  traceIdsOf,
} from '../../src/trace/index.ts';
import { sentHeaders } from './sent-headers.ts';

const ID = '691fab800000beef4bf92f3577b34da6';
const LOWER = BigInt('0x4bf92f3577b34da6');
const SPAN = '00f067aa0ba902b7';

function traceId(headers: Readonly<Record<string, string>>): string | undefined {
  return traceIdsOf((name) => headers[name])?.traceId;
}

describe('the formats of the trace context', () => {
  it('look like this', () => {
    const ids = new RunIds('691fab800000beef');
    const headers = Object.fromEntries(
      PROPAGATION_FORMATS.map((format) => [format, sentHeaders([format], ids, 1, 2)]),
    );
    expect(headers).toEqual({
      w3c: { traceparent: `00-${ids.traceId(1)}-${ids.spanId(2)}-01` },
      b3: { b3: `${ids.traceId(1)}-${ids.spanId(2)}-1` },
      b3multi: {
        'x-b3-traceid': ids.traceId(1),
        'x-b3-spanid': ids.spanId(2),
        'x-b3-sampled': '1',
      },
      jaeger: { 'uber-trace-id': `${ids.traceId(1)}:${ids.spanId(2)}:0:1` },
      xray: {
        'x-amzn-trace-id': `Root=1-691fab80-${ids.traceId(1).slice(8)};Parent=${ids.spanId(2)};Sampled=1`,
      },
      datadog: {
        'x-datadog-trace-id': String(BigInt(`0x${ids.traceId(1).slice(16)}`)),
        'x-datadog-parent-id': String(BigInt(`0x${ids.spanId(2)}`)),
        'x-datadog-sampling-priority': '1',
        'x-datadog-tags': '_dd.p.tid=691fab800000beef',
      },
    });
  });

  it('give back the ids that were sent, whichever they are', () => {
    const runIds = fc.stringMatching(/^[0-9a-f]{16}$/u).filter((id) => !/^0+$/u.test(id));
    const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const formats = fc.subarray<PropagationFormat>([...PROPAGATION_FORMATS], { minLength: 1 });
    fc.assert(
      fc.property(runIds, formats, number, number, (runId, chosen, seq, spanSeq) => {
        const ids = new RunIds(runId);
        const headers = sentHeaders(chosen, ids, seq, spanSeq);
        expect(traceIdsOf((name) => headers[name])).toMatchObject({
          traceId: ids.traceId(seq),
          spanId: ids.spanId(spanSeq),
        });
      }),
    );
  });
});

describe('reading a trace id', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['traceparent', { traceparent: `00-${ID}-${SPAN}-00` }, ID],
    ['b3 without a decision', { b3: `${ID}-${SPAN}` }, ID],
    ['b3 with a parent', { b3: `${ID}-${SPAN}-d-${SPAN}` }, ID],
    ['b3 of 64 bits', { b3: `4bf92f3577b34da6-${SPAN}-0` }, `${'0'.repeat(16)}4bf92f3577b34da6`],
    ['b3 that is a decision alone', { b3: '0' }, undefined],
    ['b3 of zeros', { b3: `${'0'.repeat(32)}-${SPAN}-1` }, undefined],
    ['b3 of 17 digits', { b3: `4bf92f3577b34da67-${SPAN}-1` }, undefined],
    ['X-B3-TraceId', { 'x-b3-traceid': ID.toUpperCase() }, ID],
    [
      'X-B3-TraceId of 64 bits',
      { 'x-b3-traceid': ID.slice(0, 16) },
      ID.slice(0, 16).padStart(32, '0'),
    ],
    ['uber-trace-id', { 'uber-trace-id': `${ID}:${SPAN}:0:3` }, ID],
    [
      'uber-trace-id without leading zeros',
      { 'uber-trace-id': 'abc:1:0:1' },
      'abc'.padStart(32, '0'),
    ],
    ['uber-trace-id, encoded', { 'uber-trace-id': `${ID}%3A${SPAN}%3A0%3A1` }, ID],
    ['uber-trace-id of three fields', { 'uber-trace-id': `${ID}:${SPAN}:1` }, undefined],
    [
      'X-Amzn-Trace-Id of a load balancer',
      {
        'x-amzn-trace-id': `Self=1-67891234-12456789abcdef012345678;Root=1-691fab80-${ID.slice(8)}`,
      },
      ID,
    ],
    [
      'X-Amzn-Trace-Id, other version',
      { 'x-amzn-trace-id': `Root=2-691fab80-${ID.slice(8)}` },
      undefined,
    ],
    [
      'datadog',
      {
        'x-datadog-trace-id': String(LOWER),
        'x-datadog-tags': `_dd.p.dm=-1,_dd.p.tid=${ID.slice(0, 16)}`,
      },
      ID,
    ],
    [
      'datadog without the tag',
      { 'x-datadog-trace-id': String(LOWER) },
      ID.slice(16).padStart(32, '0'),
    ],
    ['datadog past 64 bits', { 'x-datadog-trace-id': '18446744073709551616' }, undefined],
    ['datadog of zero', { 'x-datadog-trace-id': '0' }, undefined],
    ['datadog in hex', { 'x-datadog-trace-id': 'abc' }, undefined],
    [
      'two formats: the one that is listed first',
      { traceparent: `00-${ID}-${SPAN}-01`, b3: `${SPAN}-${SPAN}-1` },
      ID,
    ],
    [
      'two formats, the first of them damaged',
      { traceparent: 'x', 'uber-trace-id': `${ID}:1:0:1` },
      ID,
    ],
    ['nothing', {}, undefined],
  ])('%s', (_, headers, wanted) => {
    expect(traceId(headers)).toBe(wanted);
  });

  it.each<[string, Record<string, string>, string]>([
    ['of b3 in upper case', { b3: `${ID}-${SPAN.toUpperCase()}-1` }, SPAN],
    ['of B3 headers without it', { 'x-b3-traceid': ID }, ''],
    ['of B3 headers where it is too long', { 'x-b3-traceid': ID, 'x-b3-spanid': ID }, ''],
    [
      'of uber-trace-id without leading zeros',
      { 'uber-trace-id': `${ID}:1f:0:1` },
      '1f'.padStart(16, '0'),
    ],
    [
      'of X-Amzn-Trace-Id before the root',
      { 'x-amzn-trace-id': `Parent=${SPAN};Root=1-691fab80-${ID.slice(8)}` },
      SPAN,
    ],
    ['of zeros', { 'x-b3-traceid': ID, 'x-b3-spanid': '0'.repeat(16) }, ''],
    ['of datadog without it', { 'x-datadog-trace-id': String(LOWER) }, ''],
  ])('reads the span id %s', (_, headers, wanted) => {
    expect(traceIdsOf((name) => headers[name])?.spanId).toBe(wanted);
  });

  it('never fails, whatever came', () => {
    const names = Object.keys(
      sentHeaders(PROPAGATION_FORMATS, new RunIds('691fab800000beef'), 0, 0),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (headers) => {
        expect(traceId(headers) ?? '0').toMatch(/^[0-9a-f]+$/u);
      }),
    );
  });
});
