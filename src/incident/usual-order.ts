import type { SpanTable } from '../spans/index.ts';
import type { SeriesBook } from './series.ts';

/** Who is below whom in one table; names by their numbers in the book. */
export interface CallLists {
  /**
   * The children of span `i`: `children[childStarts[i]]` up to the next's, by their starts; those
   * that overlap in the {@link UsualOrder}, once it was applied.
   */
  readonly childStarts: Uint32Array;
  readonly children: Uint32Array;
  readonly services: Uint32Array;
  readonly operations: Uint32Array;
}

/**
 * Knows in which order the calls of one operation begin, on average over both windows. Calls that
 * run at the same time begin in an order that chance decides: taken as it came, the last of them,
 * after which a span stops, would be now the one and now the other.
 */
export class UsualOrder {
  readonly #book: SeriesBook;
  readonly #sums = new Map<number, number>();
  readonly #counts = new Map<number, number>();

  constructor(book: SeriesBook) {
    this.#book = book;
  }

  learn(table: SpanTable, lists: CallLists): void {
    forEachParent(lists, (parent, children) => {
      for (const child of children) {
        const key = this.#keyOf(lists, parent, child);
        const offsetNs = (table.startsNs[child] ?? 0) - (table.startsNs[parent] ?? 0);
        this.#sums.set(key, (this.#sums.get(key) ?? 0) + offsetNs);
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      }
    });
  }

  /** Puts calls that overlap into the usual order, in place; all others stay in theirs. */
  apply({ startsNs, durationsNs }: SpanTable, lists: CallLists): void {
    forEachParent(lists, (parent, children) => {
      let first = 0;
      let endNs = -Infinity;
      const sortUpTo = (last: number): void => {
        if (last - first < 2) return;
        const usualNs = (child: number): number => this.#usualNs(this.#keyOf(lists, parent, child));
        // Stable: alike calls keep the order of their starts.
        children.subarray(first, last).sort((a, b) => usualNs(a) - usualNs(b));
      };
      children.forEach((child, i) => {
        const startNs = startsNs[child] ?? 0;
        if (startNs >= endNs) {
          sortUpTo(i);
          first = i;
        }
        endNs = Math.max(endNs, startNs + (durationsNs[child] ?? 0));
      });
      sortUpTo(children.length);
    });
  }

  #usualNs(key: number): number {
    return (this.#sums.get(key) ?? 0) / (this.#counts.get(key) ?? 1);
  }

  #keyOf({ services, operations }: CallLists, parent: number, child: number): number {
    const who = this.#book.pair(services[parent] ?? 0, operations[parent] ?? 0);
    const whom = this.#book.pair(services[child] ?? 0, operations[child] ?? 0);
    return this.#book.pair(who, whom);
  }
}

/** Calls back for each span with several children, with these as a part of the column. */
function forEachParent(
  { childStarts, children }: CallLists,
  take: (parent: number, children: Uint32Array) => void,
): void {
  for (let parent = 0; parent + 1 < childStarts.length; parent++) {
    const [first, last] = [childStarts[parent] ?? 0, childStarts[parent + 1] ?? 0];
    if (last - first > 1) take(parent, children.subarray(first, last));
  }
}
