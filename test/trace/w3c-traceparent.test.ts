import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatTraceparent,
  parseTraceparent,
  RunIds,
  TRACEPARENT_LENGTH,
  TRACEPARENT_SPAN_ID_OFFSET,
  TRACEPARENT_TRACE_ID_OFFSET,
  type TraceContext,
} from '../../src/trace/index.ts';

const VALID = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const hexDigits = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`, 'u')).filter((id) => /[^0]/u.test(id));
const contexts: fc.Arbitrary<TraceContext> = fc.record({
  traceId: hexDigits(32),
  spanId: hexDigits(16),
  flags: fc.nat(255),
});

describe('traceparent', () => {
  it('parses what it formats', () => {
    fc.assert(
      fc.property(contexts, (context) => {
        const header = formatTraceparent(context);
        expect(header).toHaveLength(TRACEPARENT_LENGTH);
        expect(parseTraceparent(header)).toEqual(context);
      }),
    );
  });

  it.each([
    ['version ff', VALID.replace('00', 'ff')],
    ['upper case', VALID.toUpperCase()],
    ['an all-zero trace id', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['an all-zero span id', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
    ['more fields in version 00', `${VALID}-more`],
    ['a dash at the end of version 00', `${VALID}-`],
    ['more without a dash', `${VALID.replace('00', '01')}.more`],
    ['too few digits', VALID.slice(0, -1)],
    ['a line break after it', `${VALID}\n`],
    ['nothing', ''],
  ])('rejects %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it('takes the known fields of a later version', () => {
    const context = parseTraceparent(VALID);
    expect(context).toBeDefined();
    expect(parseTraceparent(VALID.replace('00', 'cc'))).toEqual(context);
    expect(parseTraceparent(`${VALID.replace('00', 'cc')}-what-comes-later`)).toEqual(context);
  });

  it('refuses to format what is no context', () => {
    expect(() => formatTraceparent({ traceId: 'x', spanId: 'y', flags: 1 })).toThrow(/invariant/u);
  });

  it('can be patched in place', () => {
    const ids = new RunIds('691fab800000beef');
    const header = Buffer.from(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'latin1');
    ids.writeTraceId(7, header, TRACEPARENT_TRACE_ID_OFFSET);
    ids.writeSpanId(9, header, TRACEPARENT_SPAN_ID_OFFSET);
    expect(parseTraceparent(header.toString('latin1'))).toEqual({
      traceId: ids.traceId(7),
      spanId: ids.spanId(9),
      flags: 1,
    });
  });

  it("agrees with OpenTelemetry's propagator on valid headers and on damaged ones", () => {
    const damaged = fc
      .tuple(contexts, fc.nat(54), fc.constantFrom('0', 'f', 'g', 'F', '-', ' ', ''))
      .map(([context, at, by]) => {
        const header = formatTraceparent(context);
        return header.slice(0, at) + by + header.slice(at + 1);
      })
      // OpenTelemetry lets one blank stand at either end; header values reach us trimmed.
      .filter((header) => header.trim() === header);
    fc.assert(
      fc.property(damaged, (header) => {
        expect(parse(header)).toEqual(openTelemetry(header));
      }),
    );
  });
});

function parse(header: string): TraceContext | null {
  return parseTraceparent(header) ?? null;
}

function openTelemetry(header: string): TraceContext | null {
  const context = new W3CTraceContextPropagator().extract(
    ROOT_CONTEXT,
    { traceparent: header },
    { keys: (carrier) => Object.keys(carrier), get: (carrier, key) => carrier[key] },
  );
  const span = trace.getSpanContext(context);
  return span ? { traceId: span.traceId, spanId: span.spanId, flags: span.traceFlags } : null;
}
