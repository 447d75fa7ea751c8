import {
  followsIn,
  roleOf,
  servedBy,
  walkCriticalPath,
  type PathVisitor,
  type SpanForest,
} from '../spans/index.ts';
import type { StepCall } from './step-calls.ts';
import type { Place } from './why.ts';

interface Key {
  readonly kind: Place['kind'] | 'call';
  readonly parent: number;
  readonly service: string;
  readonly operation: string;
}

/** What each key of the book holds of one call, in ns. */
export type CallPath = ReadonlyMap<number, number>;

/**
 * Knows the call-path keys of several tables by one number each: service and operation of a span
 * and of all above it. Of a key that is a call it knows where most such calls went, so that one
 * that reached nobody has a place too.
 */
export class PathBook {
  readonly #keys: Key[] = [];
  readonly #numbers = new Map<string, number>();
  /** By key: how often which service answered. */
  readonly #callees = new Map<number, Map<string, number>>();

  numberOf(key: Key): number {
    const text = `${key.kind}\n${key.parent}\n${key.service}\n${key.operation}`;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#keys.length);
    return this.#keys.push(key) - 1;
  }

  /** Notes that a call of a key was answered by a service. */
  served(key: number, callee: string): void {
    const counts = this.#callees.get(key) ?? new Map<string, number>();
    this.#callees.set(key, counts.set(callee, (counts.get(callee) ?? 0) + 1));
  }

  /** Returns the place of a key, once all tables were read. */
  placeOf(number: number): Place {
    const place = this.#placeOf(number);
    if (place.kind !== 'work' && place.kind !== 'way') return place;
    const isTwin = this.#keys.some(
      (_, other) => other !== number && isSame(this.#placeOf(other), place),
    );
    return isTwin ? { ...place, below: this.#operationAbove(number) } : place;
  }

  #placeOf(number: number): Place {
    const key = this.#keys[number];
    if (key === undefined) return NOWHERE;
    const { kind, service, operation } = key;
    if (kind !== 'call') return { kind, service, callee: '', operation, below: '' };
    const [most] = [...(this.#callees.get(number) ?? [])].toSorted(([, a], [, b]) => b - a);
    return { kind: 'way', service, callee: most?.[0] ?? '', operation, below: '' };
  }

  #operationAbove(number: number): string {
    const own = this.#keys[number];
    for (let at = own?.parent ?? -1; at >= 0; at = this.#keys[at]?.parent ?? -1) {
      const above = this.#keys[at];
      if (above !== undefined && above.kind !== 'call' && above.operation !== own?.operation) {
        return above.operation;
      }
    }
    return '';
  }
}

const NOWHERE: Place = { kind: 'work', service: '', callee: '', operation: '', below: '' };

function isSame(a: Place, b: Place): boolean {
  return (
    a.kind === b.kind &&
    a.service === b.service &&
    a.callee === b.callee &&
    a.operation === b.operation
  );
}

/**
 * Returns the critical path of every call by key. The calls are the traces of the forest's table
 * (`callTable`), in their order. Of a call with attempts the path leads from the end of the last
 * one that counted back to its beginning; what lies before the first span is the generator's delay
 * and the wait for a connection. The parts of a call sum to its time.
 */
export function callPaths(
  forest: SpanForest,
  calls: readonly StepCall[],
  book: PathBook,
): readonly CallPath[] {
  const { table } = forest;
  const { names, services, operations, traceStarts } = table;
  const own = (kind: Place['kind'], operation: string): number =>
    book.numberOf({ kind, parent: -1, service: 'callgauge', operation });
  const keyOf = (span: number, parent: number): number => {
    const isCall = roleOf(forest, span) === 'client';
    const key = book.numberOf({
      kind: isCall ? 'call' : 'work',
      parent,
      service: names[services[span] ?? 0] ?? '',
      operation: names[operations[span] ?? 0] ?? '',
    });
    const server = isCall ? servedBy(forest, span) : undefined;
    if (server !== undefined) book.served(key, names[services[server] ?? 0] ?? '');
    return key;
  };
  return calls.map((call, trace) => {
    const path = new Map<number, number>();
    const add = (key: number, ns: number): void => {
      if (ns > 0) path.set(key, (path.get(key) ?? 0) + ns);
    };
    const above: number[] = [];
    const visitor: PathVisitor = {
      segment: (_span, fromNs, toNs) => add(above.at(-1) ?? -1, toNs - fromNs),
      enter: (span) => above.push(keyOf(span, above.at(-1) ?? -1)),
      leave: () => above.pop(),
    };
    const from = traceStarts[trace] ?? 0;
    const roots = rootsOf(forest, from, call.roots.length);
    const firstNs = Math.min(...roots.map((root) => forest.startsNs[root] ?? 0));
    const beginNs = firstNs - call.waitNs - call.lagNs;
    let untilNs = beginNs + call.tookNs;
    const ended = roots
      .map((root) => {
        const fromNs = forest.startsNs[root] ?? 0;
        return { span: root, fromNs, toNs: fromNs + (table.durationsNs[root] ?? 0) };
      })
      .toSorted((a, b) => b.toNs - a.toNs);
    for (const attempt of ended) {
      if (!followsIn(attempt, untilNs)) continue;
      add(own('between', 'waiting between attempts'), untilNs - attempt.toNs);
      above.push(keyOf(attempt.span, -1));
      walkCriticalPath(forest, attempt.span, visitor);
      above.length = 0;
      untilNs = attempt.fromNs;
    }
    add(own('generator', "the generator's own delay"), Math.min(call.lagNs, untilNs - beginNs));
    const waitedNs = untilNs - beginNs - call.lagNs;
    add(own('connection', 'waiting for a connection'), Math.min(call.waitNs, waitedNs));
    add(own('between', 'waiting between attempts'), waitedNs - call.waitNs);
    return path;
  });
}

/** Returns the roots of a call: the first spans without a parent of its trace. */
function rootsOf({ table }: SpanForest, from: number, count: number): readonly number[] {
  const roots: number[] = [];
  for (let i = from; i < table.spanCount && roots.length < count; i++) {
    if (table.parents[i] === -1) roots.push(i);
  }
  return roots;
}
