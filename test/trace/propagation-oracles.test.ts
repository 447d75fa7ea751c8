import { ROOT_CONTEXT, type TextMapPropagator, trace, TraceFlags } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PropagationFormat, RunIds, traceIdsOf } from '../../src/trace/index.ts';
import { sentHeaders } from './sent-headers.ts';

type Headers = Record<string, string>;

/** OpenTelemetry's own propagators. It has none for Datadog's format. */
const ORACLES: readonly (readonly [PropagationFormat, TextMapPropagator<Headers>])[] = [
  ['w3c', new W3CTraceContextPropagator()],
  ['b3', new B3Propagator()],
  ['b3multi', new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER })],
  ['jaeger', new JaegerPropagator()],
  ['xray', new AWSXRayPropagator()],
];

const numbers = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const hex = (digits: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`, 'u')).filter((id) => !/^0+$/u.test(id));

describe.each(ORACLES)('%s, beside the propagator of OpenTelemetry', (format, oracle) => {
  it('says the ids that the call has, and that it is sampled', () => {
    fc.assert(
      fc.property(hex(16), numbers, numbers, (runId, seq, spanSeq) => {
        const ids = new RunIds(runId);
        expect(extracted(oracle, sentHeaders([format], ids, seq, spanSeq))).toEqual({
          traceId: ids.traceId(seq),
          spanId: ids.spanId(spanSeq),
          isSampled: true,
        });
      }),
    );
  });

  it('is read as it is written there, sampled or not', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, isSampled) => {
        const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
        const headers = injected(oracle, { traceId, spanId, traceFlags });
        expect(traceIdsOf((name) => headers[name])).toMatchObject({ traceId, spanId });
      }),
    );
  });
});

it('several formats in one request say the same to each propagator', () => {
  const formats = ORACLES.map(([format]) => format);
  fc.assert(
    fc.property(hex(16), numbers, numbers, (runId, seq, spanSeq) => {
      const ids = new RunIds(runId);
      const headers = sentHeaders([...formats, 'datadog'], ids, seq, spanSeq);
      for (const [, oracle] of ORACLES) {
        expect(extracted(oracle, headers).traceId).toBe(ids.traceId(seq));
      }
    }),
  );
});

function extracted(oracle: TextMapPropagator<Headers>, headers: Headers) {
  const context = oracle.extract(ROOT_CONTEXT, headers, {
    keys: (carrier) => Object.keys(carrier),
    get: (carrier, key) => carrier[key],
  });
  const { traceId = '', spanId = '', traceFlags = 0 } = trace.getSpanContext(context) ?? {};
  return { traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
}

/** Returns the headers that a propagator writes, by their lower-case names. */
function injected(
  oracle: TextMapPropagator<Headers>,
  span: Parameters<typeof trace.setSpanContext>[1],
): Headers {
  const headers: Headers = {};
  oracle.inject(trace.setSpanContext(ROOT_CONTEXT, span), headers, {
    set: (carrier, key, value) => {
      carrier[key.toLowerCase()] = value;
    },
  });
  return headers;
}
