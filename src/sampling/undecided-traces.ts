import { FAILED, FAULTED, ROOT, type TraceFacts } from '../native/index.ts';
import type { Ns } from '../core/index.ts';

/** Traces to begin with; the columns double as they fill. */
const CAPACITY = 2 ** 12;
/** An entry that is in use: a flag beside those of spans. */
const USED = 128;

/** What is known of a trace whose spans wait. */
export interface UndecidedTrace {
  readonly entry: number;
  readonly high: number;
  readonly low: number;
  readonly runHash: number;
  readonly isFailed: boolean;
  readonly isFaulted: boolean;
  /** The time of its root, where that has come, else of its longest span, and the operation. */
  readonly headNs: Ns;
  readonly headHigh: number;
  readonly headLow: number;
  /** Of all its spans. */
  readonly longestNs: Ns;
  readonly dueNs: Ns;
}

export interface DecisionWaits {
  /** From when the first span of a trace came until it is decided. */
  readonly waitNs: Ns;
  /** From when its root came, where that is sooner. */
  readonly waitAfterRootNs: Ns;
}

/**
 * The traces that wait for a decision, as columns: some 70 bytes each. They are found by 64 bits of
 * a hash of their ids.
 */
export class UndecidedTraces {
  readonly #waits: DecisionWaits;
  #slots = new Uint32Array(2 * CAPACITY);
  #columns = new TraceColumns(CAPACITY);
  #free: number[] = [];
  /** Entries that were ever in use are below it. */
  #length = 0;
  #count = 0;
  /** How many wait whose first span lies in a segment. */
  readonly #bySegment = new Map<number, number>();

  constructor(waits: DecisionWaits) {
    this.#waits = waits;
  }

  get count(): number {
    return this.#count;
  }

  /** Returns how many wait of those whose first span lies in a segment. */
  countIn(segment: number): number {
    return this.#bySegment.get(segment) ?? 0;
  }

  /** Takes the spans of a block but those of traces that are decided. */
  add(
    facts: TraceFacts,
    { segment, nowNs }: { readonly segment: number; readonly nowNs: Ns },
    isDecided: (high: number, low: number) => boolean,
  ): void {
    for (let row = 0; row < facts.rows; row++) {
      const [high, low] = [facts.traceHigh[row] ?? 0, facts.traceLow[row] ?? 0];
      let entry = (this.#slots[this.#find(high, low)] ?? 0) - 1;
      if (entry < 0) {
        if (isDecided(high, low)) continue;
        entry = this.#insert(high, low, nowNs, segment);
        this.#columns.runHash[entry] = facts.runHash[row] ?? 0;
      }
      this.#addSpan(entry, facts, row, nowNs);
    }
  }

  /**
   * Calls back for each trace that is due by a time; those whose first span lies in a segment up to
   * `throughSegment` are due at once. They stay until they are removed.
   */
  forEachDue(nowNs: Ns, throughSegment: number, take: (trace: UndecidedTrace) => void): void {
    const columns = this.#columns;
    for (let entry = 0; entry < this.#length; entry++) {
      if (columns.flags[entry] === 0) continue;
      const isDue = (columns.dueNs[entry] ?? 0) <= nowNs;
      if (isDue || (columns.segment[entry] ?? 0) <= throughSegment) take(columns.trace(entry));
    }
  }

  /** Takes a trace out. */
  remove({ entry }: UndecidedTrace): void {
    const { high, low, flags, segment } = this.#columns;
    this.#close(this.#find(high[entry] ?? 0, low[entry] ?? 0));
    flags[entry] = 0;
    this.#free.push(entry);
    this.#count--;
    const own = segment[entry] ?? 0;
    const left = this.countIn(own) - 1;
    if (left > 0) this.#bySegment.set(own, left);
    else this.#bySegment.delete(own);
    if (this.#count > 0) return;
    this.#free = [];
    this.#length = 0;
  }

  #addSpan(entry: number, facts: TraceFacts, row: number, nowNs: Ns): void {
    const columns = this.#columns;
    const flags = facts.flags[row] ?? 0;
    const before = columns.flags[entry] ?? 0;
    const durationNs = facts.durationNs[row] ?? 0;
    columns.flags[entry] = before | flags;
    if (durationNs > (columns.longestNs[entry] ?? 0)) columns.longestNs[entry] = durationNs;
    const isRoot = (flags & ROOT) !== 0;
    const hadRoot = (before & ROOT) !== 0;
    if (isRoot && !hadRoot) {
      const dueNs = nowNs + this.#waits.waitAfterRootNs;
      columns.dueNs[entry] = Math.min(columns.dueNs[entry] ?? 0, dueNs);
    }
    const isFirstRoot = isRoot && !hadRoot;
    const isLonger = isRoot === hadRoot && durationNs >= (columns.headNs[entry] ?? 0);
    if (!isFirstRoot && !isLonger) return;
    columns.headNs[entry] = durationNs;
    columns.headHigh[entry] = facts.operationHigh[row] ?? 0;
    columns.headLow[entry] = facts.operationLow[row] ?? 0;
  }

  #insert(high: number, low: number, nowNs: Ns, segment: number): number {
    const entry = this.#free.pop() ?? this.#length++;
    if (entry >= this.#columns.capacity) this.#grow();
    const columns = this.#columns;
    columns.clear(entry);
    columns.high[entry] = high;
    columns.low[entry] = low;
    columns.flags[entry] = USED;
    columns.segment[entry] = segment;
    columns.dueNs[entry] = nowNs + this.#waits.waitNs;
    this.#slots[this.#find(high, low)] = entry + 1;
    this.#count++;
    this.#bySegment.set(segment, this.countIn(segment) + 1);
    return entry;
  }

  /** Returns the slot of a trace, or the empty one where it would be. */
  #find(high: number, low: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const columns = this.#columns;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] ?? 0) - 1;
      if (entry < 0 || (columns.low[entry] === low && columns.high[entry] === high)) return slot;
    }
  }

  /** Empties a slot, and moves up those behind it that would be found no more. */
  #close(emptied: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = emptied;
    slots[hole] = 0;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = (slots[slot] ?? 0) - 1;
      const wanted = (this.#columns.low[entry] ?? 0) & mask;
      if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = entry + 1;
      slots[slot] = 0;
      hole = slot;
    }
  }

  #grow(): void {
    this.#columns = this.#columns.doubled();
    const columns = this.#columns;
    this.#slots = new Uint32Array(2 * columns.capacity);
    for (let entry = 0; entry < columns.capacity; entry++) {
      if (columns.flags[entry] === 0) continue;
      this.#slots[this.#find(columns.high[entry] ?? 0, columns.low[entry] ?? 0)] = entry + 1;
    }
  }
}

class TraceColumns {
  readonly capacity: number;
  readonly high;
  readonly low;
  readonly runHash;
  readonly flags;
  readonly segment;
  readonly dueNs;
  readonly longestNs;
  readonly headNs;
  readonly headHigh;
  readonly headLow;
  readonly #all: readonly (Uint8Array | Uint32Array | Float64Array)[];

  constructor(capacity: number) {
    this.capacity = capacity;
    this.high = new Uint32Array(capacity);
    this.low = new Uint32Array(capacity);
    this.runHash = new Uint32Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.segment = new Uint32Array(capacity);
    this.dueNs = new Float64Array(capacity);
    this.longestNs = new Float64Array(capacity);
    this.headNs = new Float64Array(capacity);
    this.headHigh = new Uint32Array(capacity);
    this.headLow = new Uint32Array(capacity);
    const { high, low, runHash, flags, segment } = this;
    const { dueNs, longestNs, headNs, headHigh, headLow } = this;
    this.#all = [high, low, runHash, flags, segment, dueNs, longestNs, headNs, headHigh, headLow];
  }

  doubled(): TraceColumns {
    const larger = new TraceColumns(2 * this.capacity);
    const into = larger.#all;
    for (const [i, values] of this.#all.entries()) into[i]?.set(values);
    return larger;
  }

  clear(entry: number): void {
    for (const values of this.#all) values[entry] = 0;
  }

  trace(entry: number): UndecidedTrace {
    const flags = this.flags[entry] ?? 0;
    return {
      entry,
      high: this.high[entry] ?? 0,
      low: this.low[entry] ?? 0,
      runHash: this.runHash[entry] ?? 0,
      isFailed: (flags & FAILED) !== 0,
      isFaulted: (flags & FAULTED) !== 0,
      headNs: this.headNs[entry] ?? 0,
      headHigh: this.headHigh[entry] ?? 0,
      headLow: this.headLow[entry] ?? 0,
      longestNs: this.longestNs[entry] ?? 0,
      dueNs: this.dueNs[entry] ?? 0,
    };
  }
}
