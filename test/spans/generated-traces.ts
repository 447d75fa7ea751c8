import { epochNsFromMs, rngFrom, SPAN_KINDS, type Rng, type Span } from '../../src/core/index.ts';
import { SpanTableBuilder, type SpanTable } from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';

/** Where generated traces begin. */
export const FROM_EPOCH_NS = epochNsFromMs(1_795_000_000_000);

/**
 * Returns spans of a trace as they come from many tracers: ids are shared, parents are missing, are
 * the span itself or below it, spans are delivered twice, many begin together.
 */
export function tangledTrace(seed: number, traceId: string): readonly Span[] {
  const rng = rngFrom(seed, 'tangled trace');
  const count = 1 + below(rng, 12);
  const idOf = (n: number): string => (n + 1).toString(16).padStart(16, '0');
  const spans = Array.from({ length: count }, (_, i) => {
    const parent = below(rng, count + 3);
    return span({
      traceId,
      spanId: idOf(below(rng, 4) === 0 ? below(rng, count) : i),
      parentSpanId: i === 0 || parent === count + 2 ? '' : idOf(below(rng, 3) > 0 ? 0 : parent),
      name: `op-${below(rng, 3)}`,
      serviceName: `service-${below(rng, 3)}`,
      kind: SPAN_KINDS[below(rng, SPAN_KINDS.length)] ?? 'Internal',
      startEpochNs: FROM_EPOCH_NS + BigInt(below(rng, 4)) * 1_000_000n,
      durationNs: BigInt(below(rng, 6) - 1) * 1_000_000n,
    });
  });
  return spans.flatMap((each) =>
    below(rng, 5) === 0 ? [each, { ...each, durationNs: each.durationNs - 1n }] : [each],
  );
}

/** Returns a whole number, 0 to `limit - 1`. */
export function below(rng: Rng, limit: number): number {
  return Math.floor(rng.nextFloat() * limit);
}

/** A span while its trace is made; times in ms from the root's start, by the root's clock. */
interface Timed {
  readonly parent: number;
  readonly service: number;
  readonly kind: Span['kind'];
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Returns a trace with calls one after another and beside each other, gaps, failures, children that
 * outlive their parents, messages, and hosts whose clocks differ.
 */
export function timedTrace(seed: number, traceId: string): readonly Span[] {
  const rng = rngFrom(seed, 'timed trace');
  const spans: Timed[] = [
    { parent: -1, service: 0, kind: 'Server', fromMs: 0, toMs: 1 + below(rng, 400) },
  ];
  const count = below(rng, 14);
  for (let i = 1; i <= count; i++) {
    const parent = below(rng, spans.length);
    const above = spans[parent] ?? spans[0]!;
    const lengthMs = above.toMs - above.fromMs;
    // Often where the last one ended, as calls one after another do.
    const last = spans.findLast((each) => each.parent === parent);
    const follows = last !== undefined && below(rng, 2) === 0;
    const fromMs = follows ? last.toMs : above.fromMs + below(rng, lengthMs + 2);
    const room = Math.max(1, above.toMs - fromMs + (below(rng, 4) === 0 ? 20 : 0));
    const kind = below(rng, 5) === 0 ? 'Producer' : below(rng, 2) === 0 ? 'Client' : 'Internal';
    const callee = kind === 'Internal' ? above.service : below(rng, 4);
    const own: Timed = {
      parent,
      service: above.service,
      kind,
      fromMs,
      toMs: fromMs + below(rng, room + 1),
    };
    spans.push(own);
    if (kind === 'Internal' || own.toMs === own.fromMs) continue;
    const wait = below(rng, own.toMs - fromMs);
    const late = kind === 'Producer' ? below(rng, 30) : 0;
    spans.push({
      parent: spans.length - 1,
      service: callee,
      kind: kind === 'Producer' ? 'Consumer' : 'Server',
      fromMs: fromMs + wait + late,
      toMs: Math.max(fromMs + wait, own.toMs - below(rng, 3)) + 2 * late,
    });
  }
  const skewsMs = Array.from({ length: 4 }, () =>
    below(rng, 2) === 0 ? 0 : below(rng, 900) - 450,
  );
  return spans.map(({ parent, service, kind, fromMs, toMs }, i) =>
    span({
      traceId,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      parentSpanId: parent < 0 ? '' : (parent + 1).toString(16).padStart(16, '0'),
      name: `op-${below(rng, 3)}`,
      serviceName: `service-${service}`,
      kind,
      status: below(rng, 5) === 0 ? 'Error' : 'Unset',
      startEpochNs: FROM_EPOCH_NS + BigInt(fromMs + (skewsMs[service] ?? 0)) * 1_000_000n,
      durationNs: BigInt(toMs - fromMs) * 1_000_000n,
      resourceAttributes: service === 3 ? {} : { 'host.name': `node-${service}` },
    }),
  );
}

/** Returns the spans as columns. */
export function tableOf(spans: readonly Span[]): SpanTable {
  const builder = new SpanTableBuilder();
  for (const each of spans) builder.add(each);
  return builder.build();
}
