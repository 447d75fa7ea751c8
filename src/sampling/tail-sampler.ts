import {
  counted,
  errorText,
  HarnessError,
  NS_PER_SEC,
  secFromNs,
  type Clock,
  type Ns,
  type Ratio,
  type Timer,
} from '../core/index.ts';
import {
  forEachTrace,
  identitiesOf,
  pickedRows,
  traceFactsOf,
  type SpanBlock,
} from '../native/index.ts';
import { KeptTraces } from './kept-traces.ts';
import { newSamplingState, type KeptFor, type SamplingCounters } from './sampling-counters.ts';
import { ShareOfTraces } from './share-of-traces.ts';
import { SlowTimes } from './slow-times.ts';
import { UndecidedTraces, type DecisionWaits, type UndecidedTrace } from './undecided-traces.ts';
import type { Remembered, UndecidedLog } from './undecided-log.ts';

/** From when on a trace is slow: a time, or a percentile of its operation, 0 to 1. */
export type SlowRule =
  | { readonly kind: 'time'; readonly limitNs: Ns }
  | { readonly kind: 'percentile'; readonly percentile: Ratio };

/** Which traces are kept. Those that failed, or were touched by a fault, always are. */
export interface SamplingRules extends DecisionWaits {
  /** The share of all others, above 0. */
  readonly ratio: Ratio;
  /** Which are kept for their time; none where left out. */
  readonly slow: SlowRule | undefined;
}

export interface TailSamplerOptions {
  readonly rules: SamplingRules;
  readonly log: UndecidedLog;
  readonly clock: Clock;
  /** Says of the first half of a trace id, by its hash, whether a run minted it. */
  readonly isOfRun?: (runHash: number) => boolean;
  /** Hears that traces are decided early, and that the disk does not take decisions. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** Most bytes that wait; a half is for traces, before they are decided early. */
  readonly bytesMax?: number;
  /** Most traces that wait. */
  readonly tracesMax?: number;
}

const MIB = 2 ** 20;
const BYTES_MAX = 512 * MIB;
/** 35 MB. */
const TRACES_MAX = 2 ** 19;
const TICK_NS: Ns = NS_PER_SEC;
/** Ticks after which a segment ends, and after which all limits are of newer times. */
const SEGMENT_TICKS = 2;
const LIMIT_TICKS = 60;

/**
 * Keeps the traces that failed, were slow or were touched by a fault, and a share of the others,
 * once it is known which they are:
 *
 *     accept ─► log, on disk ─► decided, by trace ─► segment released ─► store
 * │                   └─► kept: remembered, on disk            └─► the rest is let go
 *                  └ acknowledged
 *
 * What a span's fate follows from is its trace's id, what is remembered, and what came of the
 * trace: all of it is on disk before it has an effect, so that a kill changes no decision. A trace
 * that is not kept for what it is needs no memory: spans of it that come later find the same share.
 */
export class TailSampler {
  readonly #options: TailSamplerOptions;
  readonly #share: ShareOfTraces;
  readonly #undecided: UndecidedTraces;
  readonly #kept = new KeptTraces();
  readonly #slowTimes: SlowTimes | undefined;
  readonly #state = newSamplingState();
  #timer: Timer | undefined;
  #ticks = 0;
  #ticking: Promise<void> | undefined;
  /** Limits that the disk has not taken yet. */
  #unsaved: readonly Remembered[] = [];
  #hasToldEarly = false;
  #isFailing = false;
  #isClosed = false;

  constructor(options: TailSamplerOptions) {
    this.#options = options;
    const { rules } = options;
    this.#share = new ShareOfTraces(rules.ratio);
    this.#undecided = new UndecidedTraces(rules);
    if (rules.slow?.kind === 'percentile') this.#slowTimes = new SlowTimes(rules.slow.percentile);
  }

  get counters(): SamplingCounters {
    return this.#state;
  }

  /**
   * Takes over what earlier commands left undecided, and begins to decide.
   * @returns the identities of the spans among it: their clients may not know that they are taken
   */
  start(): readonly Uint32Array[] {
    const { log } = this.#options;
    const { remembered, segments } = log.takeOver();
    for (const record of remembered) {
      if (record.limitNs > 0) this.#slowTimes?.restore(record);
      else this.#kept.add(record.high, record.low);
    }
    const identities: Uint32Array[] = [];
    for (const segment of segments) {
      for (const block of log.blocksOf(segment)) {
        identities.push(identitiesOf(block));
        this.#note(block, segment);
      }
    }
    this.#setTimer();
    return identities;
  }

  /**
   * Resolves when the rows of a block are on disk.
   * @throws HarnessError STORE_OVERFLOW where the disk, or the bound, does not take them
   */
  async accept(block: SpanBlock): Promise<void> {
    const { log, bytesMax = BYTES_MAX } = this.#options;
    if (log.bytes + block.bytes.length > bytesMax) {
      const most = `${Math.round(bytesMax / MIB)} MiB wait on disk for their traces to be decided`;
      throw new HarnessError(
        'STORE_OVERFLOW',
        `${counted(block.rows, 'span')} cannot be put on disk: ${most}, the most that may`,
        { hint: 'See that the store runs; a shorter --decision-wait needs less room.' },
      );
    }
    this.#note(block, log.append(block));
    if (this.#isCrowded()) void this.#tick();
  }

  /** Decides what waits by what came of it until now, and hands it on. Accepts nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#ticking;
    const { log } = this.#options;
    log.seal();
    this.#decide(Number.POSITIVE_INFINITY);
    await this.#release();
    log.close();
  }

  #note(block: SpanBlock, segment: number): void {
    const nowNs = this.#options.clock.nowNs();
    this.#undecided.add(traceFactsOf(block), { segment, nowNs }, (high, low) =>
      this.#kept.has(high, low),
    );
  }

  #setTimer(): void {
    this.#timer = this.#options.clock.after(TICK_NS, () => {
      this.#ticks++;
      if (this.#ticks % SEGMENT_TICKS === 0) this.#options.log.seal();
      void this.#tick().finally(() => {
        if (!this.#isClosed) this.#setTimer();
      });
    });
  }

  /** One after another: who comes while one is under way waits for that. */
  #tick(): Promise<void> {
    const tick = async (): Promise<void> => {
      this.#decide(this.#options.clock.nowNs());
      await this.#release();
    };
    return (this.#ticking ??= tick().finally(() => (this.#ticking = undefined)));
  }

  /** Whether more waits than should, so that the oldest have to be decided. */
  #isCrowded(): boolean {
    const { log, bytesMax = BYTES_MAX, tracesMax = TRACES_MAX } = this.#options;
    // Where the store is behind, to decide makes no room.
    const isLarge = log.bytes > bytesMax / 2 && !log.isBehind;
    return this.#undecided.count > tracesMax || isLarge;
  }

  /** Decides what is due; where too much waits, the oldest too. */
  #decide(nowNs: Ns): void {
    const isCrowded = this.#isCrowded();
    const through = isCrowded ? (this.#options.log.oldest() ?? 0) : 0;
    const isMinute = this.#ticks % LIMIT_TICKS === 0;
    const renewed = this.#slowTimes?.renew(isMinute ? 'all' : 'missing') ?? [];
    this.#unsaved = [...this.#unsaved, ...renewed];
    const decided: Decided[] = [];
    this.#undecided.forEachDue(nowNs, through, (trace) => {
      decided.push({ trace, keptFor: this.#keptFor(trace) });
    });
    const kept = decided.filter(({ keptFor }) => keptFor !== undefined);
    const records = kept.map(({ trace: { high, low } }) => ({ high, low, limitNs: 0 }));
    try {
      this.#options.log.remember([...this.#unsaved, ...records]);
    } catch (error) {
      this.#tellFailure(error);
      return;
    }
    this.#unsaved = [];
    for (const each of decided) this.#apply(each, nowNs);
    if (isCrowded) this.#tellEarly();
  }

  #apply({ trace, keptFor }: Decided, nowNs: Ns): void {
    const state = this.#state;
    this.#undecided.remove(trace);
    state.traces++;
    if (nowNs < trace.dueNs) state.early++;
    this.#slowTimes?.add(trace.headHigh, trace.headLow, trace.headNs);
    if (keptFor === undefined) return;
    this.#kept.add(trace.high, trace.low);
    state.kept[keptFor]++;
  }

  #keptFor(trace: UndecidedTrace): KeptFor | undefined {
    if (this.#options.isOfRun?.(trace.runHash)) return 'run';
    if (trace.isFailed) return 'failed';
    if (trace.isFaulted) return 'faulted';
    return this.#isSlow(trace) ? 'slow' : undefined;
  }

  #isSlow({ longestNs, headNs, headHigh, headLow }: UndecidedTrace): boolean {
    const { slow } = this.#options.rules;
    if (slow?.kind === 'time') return longestNs >= slow.limitNs;
    const limitNs = this.#slowTimes?.limitNs(headHigh, headLow);
    return limitNs !== undefined && headNs >= limitNs;
  }

  /** Hands on the oldest segments, as far as all their traces are decided. */
  async #release(): Promise<void> {
    const { log } = this.#options;
    try {
      for (let segment = log.oldest(); segment !== undefined; segment = log.oldest()) {
        if (log.isBehind || this.#undecided.countIn(segment) > 0) return;
        const spans = { kept: 0, dropped: 0 };
        await log.release(segment, (block) => {
          const kept = this.#keptOf(block);
          spans.kept += kept?.rows ?? 0;
          spans.dropped += block.rows - (kept?.rows ?? 0);
          return kept;
        });
        this.#state.keptSpans += spans.kept;
        this.#state.droppedSpans += spans.dropped;
      }
      this.#isFailing = false;
    } catch (error) {
      this.#tellFailure(error);
    }
  }

  /** Returns the spans of a block that are kept, each with what it stands for. */
  #keptOf(block: SpanBlock): SpanBlock | undefined {
    const rows: number[] = [];
    const states: (string | undefined)[] = [];
    let isChanged = false;
    forEachTrace(block, (row, { high, low, random, state }) => {
      const isKept = this.#kept.has(high, low);
      const next = isKept ? state : this.#share.stateOf(random, state);
      if (next === undefined) return;
      rows.push(row);
      states.push(next === state ? undefined : next);
      isChanged ||= next !== state;
    });
    if (rows.length === 0) return undefined;
    if (rows.length === block.rows && !isChanged) return block;
    return pickedRows(block, rows, isChanged ? states : []);
  }

  #tellFailure(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#options.onNotice?.(`traces cannot be decided now, and wait on disk: ${errorText(error)}`);
  }

  #tellEarly(): void {
    if (this.#state.early === 0 || this.#hasToldEarly) return;
    this.#hasToldEarly = true;
    const waitSec = secFromNs(this.#options.rules.waitNs);
    this.#options.onNotice?.(
      `traces are decided before their time, since more come within ${waitSec} s than may wait; a shorter --decision-wait needs less room`,
    );
  }
}

interface Decided {
  readonly trace: UndecidedTrace;
  readonly keptFor: KeptFor | undefined;
}
