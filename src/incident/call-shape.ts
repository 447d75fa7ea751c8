import type { SpanTable } from '../spans/index.ts';
import type { SeriesBook } from './series.ts';
import { UsualOrder, type CallLists } from './usual-order.ts';

/** Who is below whom and who calls whom in one table. */
export interface CallShape extends CallLists {
  /** The first child of another service, a span; -1 for none. */
  readonly calleeSpans: Int32Array;
}

/** Returns the shapes of tables. A span with a child of another service is a call of that. */
export function shapesOf<T extends readonly SpanTable[]>(
  tables: T,
  book: SeriesBook,
): { [I in keyof T]: CallShape } {
  const order = new UsualOrder(book);
  const all = tables.map((table) => {
    const lists = { ...listChildren(table), ...namesOf(table, book) };
    order.learn(table, lists);
    return { table, lists };
  });
  const shapes = all.map(({ table, lists }) => {
    order.apply(table, lists);
    return { ...lists, calleeSpans: calleeSpansOf(lists) };
  });
  return shapes as { [I in keyof T]: CallShape };
}

function namesOf(table: SpanTable, book: SeriesBook): Pick<CallLists, 'services' | 'operations'> {
  const numbers = new Map<number, number>();
  const numberOf = (name: number): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    const number = book.textNumber(table.names[name] ?? '');
    numbers.set(name, number);
    return number;
  };
  return { services: table.services.map(numberOf), operations: table.operations.map(numberOf) };
}

function calleeSpansOf({ childStarts, children, services }: CallLists): Int32Array {
  return new Int32Array(services.length).map((_, i) => {
    const end = childStarts[i + 1] ?? 0;
    for (let at = childStarts[i] ?? 0; at < end; at++) {
      const child = children[at] ?? 0;
      if (services[child] !== services[i]) return child;
    }
    return -1;
  });
}

function listChildren({
  spanCount,
  parents,
}: SpanTable): Pick<CallShape, 'childStarts' | 'children'> {
  const childStarts = new Uint32Array(spanCount + 1);
  for (const parent of parents) {
    if (parent >= 0) childStarts[parent + 1] = (childStarts[parent + 1] ?? 0) + 1;
  }
  for (let i = 0; i < spanCount; i++) {
    childStarts[i + 1] = (childStarts[i + 1] ?? 0) + (childStarts[i] ?? 0);
  }
  const next = childStarts.slice();
  const children = new Uint32Array(childStarts[spanCount] ?? 0);
  for (let i = 0; i < spanCount; i++) {
    const parent = parents[i] ?? -1;
    if (parent < 0) continue;
    const place = next[parent] ?? 0;
    children[place] = i;
    next[parent] = place + 1;
  }
  return { childStarts, children };
}

/**
 * Knows whom a call goes to where its callee left no span: the one that (almost) all other calls
 * of its service, operation and operation above went to, in either window.
 */
export class UsualCallees {
  readonly #counts = new Map<number, Map<number, number>>();
  readonly #usual = new Map<number, number>();
  readonly #book: SeriesBook;

  constructor(book: SeriesBook) {
    this.#book = book;
  }

  learn(table: SpanTable, shape: CallShape): void {
    shape.calleeSpans.forEach((calleeSpan, span) => {
      if (calleeSpan < 0) return;
      const callee = shape.services[calleeSpan] ?? 0;
      const key = this.#keyOf(table, shape, span);
      const counts = this.#counts.get(key) ?? new Map<number, number>();
      this.#counts.set(key, counts.set(callee, (counts.get(callee) ?? 0) + 1));
      this.#usual.delete(key);
    });
  }

  /** Returns the service that the span calls, 0 for none. */
  calleeOf(table: SpanTable, shape: CallShape, span: number): number {
    const calleeSpan = shape.calleeSpans[span] ?? -1;
    if (calleeSpan >= 0) return shape.services[calleeSpan] ?? 0;
    if (shape.childStarts[span] !== shape.childStarts[span + 1]) return 0;
    const key = this.#keyOf(table, shape, span);
    const known = this.#usual.get(key);
    if (known !== undefined) return known;
    const usual = usualOf(this.#counts.get(key));
    this.#usual.set(key, usual);
    return usual;
  }

  #keyOf({ parents }: SpanTable, { services, operations }: CallShape, span: number): number {
    const parent = parents[span] ?? -1;
    const above = parent < 0 ? 0 : (operations[parent] ?? 0);
    const who = this.#book.pair(services[span] ?? 0, operations[span] ?? 0);
    return this.#book.pair(who, above);
  }
}

/** Below this part of the calls of one kind no callee is the usual one. */
const ALMOST_ALL = 0.9;

function usualOf(counts: ReadonlyMap<number, number> | undefined): number {
  if (counts === undefined) return 0;
  let [all, most, usual] = [0, 0, 0];
  for (const [callee, count] of counts) {
    all += count;
    if (count > most) [most, usual] = [count, callee];
  }
  return most >= ALMOST_ALL * all ? usual : 0;
}
