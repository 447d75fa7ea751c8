import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTraceparent, type TraceContext } from '../../src/trace/index.ts';

const VALID = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const hexDigits = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`, 'u')).filter((id) => /[^0]/u.test(id));
const contexts: fc.Arbitrary<TraceContext> = fc.record({
  traceId: hexDigits(32),
  spanId: hexDigits(16),
  flags: fc.nat(255),
});

describe('traceparent', () => {
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

  it("agrees with OpenTelemetry's propagator on valid headers and on damaged ones", () => {
    const damaged = fc
      .tuple(contexts, fc.nat(54), fc.constantFrom('0', 'f', 'g', 'F', '-', ' ', ''))
      .map(([context, at, by]) => {
        const header = headerOf(context);
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

function headerOf({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

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
