import {
  errorText,
  InvariantError,
  secFromNs,
  type Clock,
  type Ns,
  type Timer,
} from '../core/index.ts';
import { identitiesOf, pickedRows, type SpanBlock } from '../native/index.ts';
import { BodyBudget } from './body-budget.ts';
import type { TakenExport } from './decode-messages.ts';
import { shown, type Notes } from './export-notes.ts';
import { Notices } from './notices.ts';
import type { OtlpType } from './otlp-answer.ts';
import type { CounterState } from './receiver-counters.ts';
import type { ReceiverLimits } from './receiver-limits.ts';
import { RecentSpans } from './recent-spans.ts';
import { Refusal } from './refusal.ts';
import type { Body } from './request-body.ts';
import type { TraceDecoder } from './trace-decoder.ts';

export interface ExportIntakeOptions {
  /** Makes spans durable; where it rejects, the client is asked to send them again. */
  readonly accept: (block: SpanBlock) => Promise<void>;
  readonly limits: ReceiverLimits;
  readonly decoder: TraceDecoder;
  readonly counters: CounterState;
  readonly notices: Notices;
  readonly clock: Clock;
  /** How long `accept` may take until the client is asked to try again. */
  readonly storeWithinNs: Ns;
  /** Identities of spans that are stored, though their clients may send them again. */
  readonly stored: readonly Uint32Array[];
}

/**
 * Takes the bodies of export requests, however they came:
 *
 *     body ─► decode, in a thread ─► not seen before ─► accept ─► answer
 *
 * A client that got no answer, or one that said to try again, sends spans once more that may be
 * stored by then. Those are known by their identities, and stored once.
 */
export class ExportIntake {
  readonly #options: ExportIntakeOptions;
  readonly #recent: RecentSpans;
  /** Bytes of the bodies under way. */
  readonly budget: BodyBudget;
  /** What is on its way to the store, each with the identities of its spans. */
  readonly #accepting = new Map<Promise<void>, Uint32Array>();
  /** Requests whose spans are still on their way to the store, though they were refused. */
  #overdue = 0;

  constructor(options: ExportIntakeOptions) {
    this.#options = options;
    this.#recent = new RecentSpans(options.clock);
    for (const identities of options.stored) this.#recent.add(identities);
    this.budget = new BodyBudget(options.limits.maxInFlightBytes);
  }

  /**
   * Resolves once the spans of a body are accepted, with what its client should know.
   * @throws Refusal
   */
  async take(type: OtlpType, { blocks, bytes }: Body): Promise<Notes> {
    const { decoder, counters, notices } = this.#options;
    try {
      const taken = await decoder.decode(type, blocks);
      const repeated = taken.block.rows === 0 ? 0 : await this.#store(taken);
      const { notes } = taken;
      counters.spans += taken.block.rows - repeated;
      counters.repeatedSpans += repeated;
      counters.rejectedSpans += notes.rejectedSpans;
      counters.remarks += notes.remarks;
      if (notes.rejection !== '') notices.tellAlike(`rejected ${notes.rejection}`);
      if (notes.firstRemark !== '') notices.tellAlike(`taken as it is: ${notes.firstRemark}`);
      return notes;
    } finally {
      this.budget.giveBack(bytes);
    }
  }

  /**
   * Returns a message that came whole as a body, whose memory is its own.
   * @throws Refusal 503 where the budget is used up
   */
  bodyOf(message: Buffer): Body {
    this.budget.take(message.length);
    return { blocks: [new Uint8Array(message)], bytes: message.length };
  }

  /** Counts a refusal, and tells the first of its reason. */
  refuse(refusal: Refusal, userAgent?: string): void {
    const { counters, notices } = this.#options;
    const { reason, status, message } = refusal;
    counters.refusals[reason] = (counters.refusals[reason] ?? 0) + 1;
    const from = userAgent === undefined ? '' : ` from ${shown(userAgent)}`;
    notices.tell(reason, `refused with ${status} a request${from}: ${message}`);
  }

  /**
   * Resolves when the spans are accepted, with how many were stored before. While some are overdue,
   * no others are given to the store: their clients keep them.
   * @throws Refusal 503 where they are not accepted, or not in time
   */
  async #store(taken: TakenExport): Promise<number> {
    const { clock, storeWithinNs } = this.#options;
    if (this.#overdue > 0) throw this.#unanswered();
    const accepted = this.#acceptNew(taken);
    let timer: Timer | undefined;
    const repeated = await Promise.race([
      accepted.catch((error: unknown) => {
        if (error instanceof InvariantError) throw error;
        throw new Refusal('store', `the spans cannot be stored now: ${errorText(error)}`, error);
      }),
      new Promise<undefined>((resolve) => {
        timer = clock.after(storeWithinNs, () => resolve(undefined));
      }),
    ]).finally(() => timer?.cancel());
    if (repeated !== undefined) return repeated;
    this.#overdue++;
    const settled = (): void => void this.#overdue--;
    accepted.then(settled, settled);
    throw this.#unanswered();
  }

  /** Accepts what was not stored before, and returns how many spans were. */
  async #acceptNew({ block, identities }: TakenExport): Promise<number> {
    let rows = this.#recent.newRowsOf(identities);
    while (rows !== undefined) {
      const sameOnTheirWay = this.#acceptingSome(identities);
      if (sameOnTheirWay.length === 0) break;
      // Nobody knows yet whether those will be stored.
      await Promise.allSettled(sameOnTheirWay);
      rows = this.#recent.newRowsOf(identities);
    }
    if (rows?.length === 0) return block.rows;
    const fresh = rows === undefined ? { block, identities } : partOf(block, rows);
    this.#recent.add(fresh.identities);
    const accepting = this.#options.accept(fresh.block);
    this.#accepting.set(accepting, fresh.identities);
    try {
      await accepting;
    } catch (error) {
      this.#recent.forget(fresh.identities);
      throw error;
    } finally {
      this.#accepting.delete(accepting);
    }
    return block.rows - fresh.block.rows;
  }

  /** Returns what is on its way with any of these spans. */
  #acceptingSome(identities: Uint32Array): readonly Promise<void>[] {
    const wanted = new RecentSpans(this.#options.clock);
    wanted.add(identities);
    return [...this.#accepting].flatMap(([accepting, theirs]) =>
      wanted.newRowsOf(theirs) === undefined ? [] : [accepting],
    );
  }

  #unanswered(): Refusal {
    const withinSec = secFromNs(this.#options.storeWithinNs);
    const message = `the spans cannot be stored now: the store has not answered for ${withinSec} s`;
    return new Refusal('store', message);
  }
}

/** Returns some rows of a block with their identities. */
function partOf(block: SpanBlock, rows: readonly number[]): Omit<TakenExport, 'notes'> {
  const part = pickedRows(block, rows);
  return { block: part, identities: identitiesOf(part) };
}
