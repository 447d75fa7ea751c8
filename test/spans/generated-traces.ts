import { epochNsFromMs, rngFrom, SPAN_KINDS, type Rng, type Span } from '../../src/core/index.ts';
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
