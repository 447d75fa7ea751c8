import { errorOrigins, firstAttribute, roleOf, servedBy, type SpanForest } from '../spans/index.ts';
import type { Origin, Place } from './why.ts';

const ORIGINS_MAX = 4;
const REASON_KEYS = [
  'error.type',
  'http.response.status_code',
  'http.status_code',
  'rpc.response.status_code',
  'rpc.grpc.status_code',
  'callgauge.reason',
] as const;

/**
 * Returns where the failures of bad calls began, by place and reason, the most frequent first. The
 * calls are the traces of the forest's table. A call with failures at several places counts for
 * each; one that failed at one place several times counts once.
 */
export function failureOrigins(
  forest: SpanForest,
  bad: readonly number[],
  weights: Float64Array,
): readonly Origin[] {
  const usual = usualCallees(forest);
  const found = new Map<string, { readonly origin: Origin; weight: number; calls: number }>();
  let all = 0;
  for (const call of bad) {
    const weight = weights[call] ?? 1;
    all += weight;
    const seen = new Set<string>();
    for (const { span, kind, blamed } of errorOrigins(forest, call)) {
      const place = blamed === undefined ? placeOf(forest, span, usual) : workAt(forest, blamed);
      const reason = firstAttribute(forest.attribute, span, REASON_KEYS) ?? '';
      const text = JSON.stringify([place, reason, kind]);
      if (seen.has(text)) continue;
      seen.add(text);
      const known = found.get(text) ?? {
        origin: { place, reason, kind, share: 0, calls: 0 },
        ...{ weight: 0, calls: 0 },
      };
      known.weight += weight;
      known.calls += 1;
      found.set(text, known);
    }
  }
  return [...found.values()]
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, ORIGINS_MAX)
    .map(({ origin, weight, calls }) => ({ ...origin, share: weight / all, calls }));
}

function textsOf({ table }: SpanForest, span: number): readonly [service: string, name: string] {
  const { names, services, operations } = table;
  return [names[services[span] ?? 0] ?? '', names[operations[span] ?? 0] ?? ''];
}

function workAt(forest: SpanForest, span: number): Place {
  const [service, operation] = textsOf(forest, span);
  return { kind: 'work', service, operation, callee: '', below: '' };
}

/** What a caller says of an answer is its callee's; a call without one is laid to the way. */
function placeOf(forest: SpanForest, span: number, usual: ReadonlyMap<string, string>): Place {
  if (roleOf(forest, span) !== 'client') return workAt(forest, span);
  const served = servedBy(forest, span);
  if (served !== undefined) return workAt(forest, served);
  const [service, operation] = textsOf(forest, span);
  const callee = usual.get(`${service}\n${operation}`) ?? '';
  return { kind: 'way', service, operation, callee, below: '' };
}

/** By caller and operation: who answers such calls most often. */
function usualCallees(forest: SpanForest): ReadonlyMap<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (let span = 0; span < forest.table.spanCount; span++) {
    const served = roleOf(forest, span) === 'client' ? servedBy(forest, span) : undefined;
    if (served === undefined) continue;
    const key = textsOf(forest, span).join('\n');
    const [callee] = textsOf(forest, served);
    const own = counts.get(key) ?? new Map<string, number>();
    counts.set(key, own.set(callee, (own.get(callee) ?? 0) + 1));
  }
  return new Map(
    [...counts].map(([key, own]) => {
      const [most] = [...own].toSorted(([, a], [, b]) => b - a);
      return [key, most?.[0] ?? ''] as const;
    }),
  );
}
