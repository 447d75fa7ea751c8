import {
  countOf,
  NS_PER_SEC,
  type Clock,
  type Ns,
  type Outcome,
  type Span,
} from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { RunIds } from '../trace/index.ts';

export interface WaitOptions {
  /** Since the last span, or since the first answer: nobody sends any more then. */
  readonly quietNs: Ns;
  /** The same where almost all have come; as long or longer. */
  readonly quietOfLastNs: Ns;
  readonly atMostNs: Ns;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Called once where it takes more than half a second. */
  readonly onWait: (watch: ServerSpanWatch) => void;
}

/** Outcomes of attempts that a server has answered, and made a span of. */
const ANSWERED: ReadonlySet<Outcome> = new Set(['ok', 'status', 'check']);
/** Most calls of which it is known that they were counted; a span that comes twice is rare. */
const REMEMBERED_MAX = 200_000;
const SILENT_WAIT_NS = NS_PER_SEC / 2;
/**
 * Silence is looked at so often, and twice as much is counted at a time: while this process itself
 * stands still on a crowded machine, spans lie unread, and nobody is silent.
 */
const SILENCE_STEP_NS = NS_PER_SEC / 4;
/** Whoever sent what could not be stored is asked to come again after 2 s. */
const RETRY_NS = 2 * NS_PER_SEC;
/** From this share of the calls on, whoever sends spans sends them all: the rest is on its way. */
const ALMOST_ALL = 0.9;

/**
 * Counts the calls of a run that were answered, and those of them whose server's span has come, so
 * that the run can wait for those on their way: exporters send every few seconds.
 */
export class ServerSpanWatch {
  readonly #ids: Pick<RunIds, 'spanSeqOf'>;
  readonly #clock: Clock;
  readonly #counted = new Set<number>();
  #answered = 0;
  #seen = 0;
  #lastNs: Ns;
  #hasSpans = false;
  /** Requests whose spans are on their way into the store. */
  #storing = 0;
  #arrival = Promise.withResolvers<void>();

  constructor(ids: Pick<RunIds, 'spanSeqOf'>, clock: Clock) {
    this.#ids = ids;
    this.#clock = clock;
    this.#lastNs = clock.nowNs();
  }

  /** Calls that were answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Calls whose server's span has come; also of some that had timed out. */
  get seen(): number {
    return this.#seen;
  }

  /** Whether any span of a service has come. */
  get hasSpans(): boolean {
    return this.#hasSpans;
  }

  /** Takes a second of the load. */
  called({ histograms }: Pick<RecordSlice, 'histograms'>): void {
    const isFirst = this.#answered === 0;
    for (const histogram of histograms) {
      const isAnswered = histogram.clock === 'service' && ANSWERED.has(histogram.outcome);
      if (isAnswered) this.#answered += countOf(histogram);
    }
    // Before the first answer nobody had a span to send: the time until then was no silence.
    if (isFirst && this.#answered > 0) this.#lastNs = this.#clock.nowNs();
  }

  /**
   * Takes spans on their way into the store, and is settled as `stored` is. Nobody is silent
   * meanwhile, nor until whoever sent what was not stored has come again.
   */
  async storing(spans: readonly Span[], stored: Promise<void>): Promise<void> {
    this.#storing++;
    this.#hasSpans ||= spans.length > 0;
    try {
      await stored;
      this.arrived(spans);
    } catch (error) {
      this.#lastNs = this.#clock.nowNs() + RETRY_NS;
      throw error;
    } finally {
      this.#storing--;
    }
  }

  /** Takes spans that were stored. A server's may share the id of the call, as Zipkin's do. */
  arrived(spans: readonly Span[]): void {
    if (spans.length === 0) return;
    this.#hasSpans = true;
    this.#lastNs = this.#clock.nowNs();
    for (const { kind, parentSpanId, spanId } of spans) {
      if (kind !== 'Server') continue;
      const spanSeq = this.#ids.spanSeqOf(parentSpanId === '' ? spanId : parentSpanId);
      if (spanSeq === undefined || this.#counted.has(spanSeq)) continue;
      this.#seen++;
      if (this.#counted.size < REMEMBERED_MAX) this.#counted.add(spanSeq);
    }
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }

  /**
   * Resolves when every answered call has its server's span, nothing has come for a while, or the
   * time is over.
   */
  async wait({ quietNs, quietOfLastNs, atMostNs, signal, onWait }: WaitOptions): Promise<void> {
    const clock = this.#clock;
    const untilNs = clock.nowNs() + atMostNs;
    const silence = clock.after(Math.min(SILENT_WAIT_NS, atMostNs), () => {
      if (this.#seen < this.#answered) onWait(this);
    });
    let lastNs = this.#lastNs;
    let silentNs = clock.nowNs() - lastNs;
    while (this.#seen < this.#answered && !signal.aborted) {
      const beganNs = clock.nowNs();
      const isAlmostAll = this.#seen >= ALMOST_ALL * this.#answered;
      const restNs = (isAlmostAll ? quietOfLastNs : quietNs) - silentNs;
      if (beganNs >= untilNs || (restNs <= 0 && this.#storing === 0)) break;
      const over = Promise.withResolvers<void>();
      const upToNs = restNs > 0 ? Math.min(SILENCE_STEP_NS, restNs) : SILENCE_STEP_NS;
      const stepNs = Math.min(upToNs, untilNs - beganNs);
      const timer = clock.after(stepNs, over.resolve);
      signal.addEventListener('abort', () => over.resolve(), { once: true });
      await Promise.race([this.#arrival.promise, over.promise]);
      timer.cancel();
      if (this.#lastNs !== lastNs) silentNs = clock.nowNs() - this.#lastNs;
      else silentNs += Math.min(2 * SILENCE_STEP_NS, clock.nowNs() - beganNs);
      lastNs = this.#lastNs;
    }
    silence.cancel();
  }
}
