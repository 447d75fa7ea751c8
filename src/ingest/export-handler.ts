import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  errorText,
  InvariantError,
  secFromNs,
  type Clock,
  type Ns,
  type ServedAt,
  type Span,
  type Timer,
} from '../core/index.ts';
import { BodyBudget } from './body-budget.ts';
import { checkedExport } from './checked-export.ts';
import { Notices } from './notices.ts';
import { exportAnswer, refusalAnswer, type OtlpType } from './otlp-answer.ts';
import type { CounterState } from './receiver-counters.ts';
import type { ReceiverLimits } from './receiver-limits.ts';
import { Refusal } from './refusal.ts';
import { readBody } from './request-body.ts';
import { answerType, checkRequest } from './request-check.ts';
import { partsOf } from './shared-weight.ts';
import type { TraceDecoder } from './trace-decoder.ts';
import { shown, type SpanCheck, type TraceExport } from './trace-export.ts';

/** OpenTelemetry JS drops a batch at once for 0 and 10, and tries for 8 s with 2 (findings/). */
const RETRY_AFTER_SEC = 2;
/** Most spans that the store is given at once. */
const PART_SPANS = 20_000;

export interface ExportHandlerOptions {
  readonly accept: (spans: readonly Span[]) => Promise<void>;
  readonly rejectionOf: SpanCheck | undefined;
  readonly limits: ReceiverLimits;
  readonly decoder: TraceDecoder;
  readonly servedAt: ServedAt;
  readonly counters: CounterState;
  readonly notices: Notices;
  readonly clock: Clock;
  /** How long `accept` may take until the client is asked to try again. */
  readonly storeWithinNs: Ns;
}

/**
 * Answers one export request after the other or many at a time:
 *
 *   headers ─► body ─► decode, in a thread ─► accept ─► 200
 *      └─────────┴─────────────┴───────────────┴────► refusal: 4xx for good, 503 to be tried again
 */
export class ExportHandler {
  readonly #options: ExportHandlerOptions;
  readonly #budget: BodyBudget;
  /** Requests whose spans are still on their way to the store, though they were refused. */
  #overdue = 0;

  constructor(options: ExportHandlerOptions) {
    this.#options = options;
    this.#budget = new BodyBudget(options.limits.maxInFlightBytes);
  }

  /** Resolves when the answer is on its way. Rejects for bugs only. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { counters, notices } = this.#options;
    const type = answerType(request);
    response.setHeader('content-type', type);
    try {
      const taken = await this.#take(request);
      counters.spans += taken.spans.length;
      counters.rejectedSpans += taken.rejectedSpans;
      counters.remarks += taken.remarks;
      if (taken.rejection !== '') notices.tellAlike(`rejected ${taken.rejection}`);
      if (taken.firstRemark !== '') notices.tellAlike(`taken as it is: ${taken.firstRemark}`);
      response.end(exportAnswer(type, taken));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(error, request.headers['user-agent']);
      this.#answer(response, type, error);
    } finally {
      counters.requests++;
    }
  }

  /** Counts a refusal, and tells the first of its reason. */
  refuse(refusal: Refusal, userAgent?: string): void {
    const { counters, notices } = this.#options;
    const { reason, status, message } = refusal;
    counters.refusals[reason] = (counters.refusals[reason] ?? 0) + 1;
    const from = userAgent === undefined ? '' : ` from ${shown(userAgent)}`;
    notices.tell(reason, `refused with ${status} a request${from}: ${message}`);
  }

  /** Returns what was read from the request, once its spans are accepted. */
  async #take(request: IncomingMessage): Promise<TraceExport> {
    const { limits, decoder, rejectionOf, servedAt } = this.#options;
    const type = checkRequest(request, servedAt);
    const maxBytes = type === 'application/json' ? limits.maxJsonBytes : limits.maxBodyBytes;
    const { blocks, bytes } = await readBody(request, { maxBytes, budget: this.#budget });
    try {
      const taken = await checkedExport(await decoder.decode(type, blocks), rejectionOf);
      if (taken.spans.length > 0) await this.#store(taken.spans);
      return taken;
    } finally {
      this.#budget.giveBack(bytes);
    }
  }

  /**
   * Resolves when the spans are accepted. While some are overdue, no others are given to the store:
   * their clients keep them.
   * @throws Refusal 503 where they are not accepted, or not in time
   */
  async #store(spans: readonly Span[]): Promise<void> {
    const { clock, storeWithinNs } = this.#options;
    if (this.#overdue > 0) throw this.#unanswered();
    const accepted = this.#accept(spans);
    let timer: Timer | undefined;
    const inTime = await Promise.race([
      accepted.then(
        () => true,
        (error: unknown) => {
          if (error instanceof InvariantError) throw error;
          throw new Refusal('store', `the spans cannot be stored now: ${errorText(error)}`, error);
        },
      ),
      new Promise<false>((resolve) => {
        timer = clock.after(storeWithinNs, () => resolve(false));
      }),
    ]).finally(() => timer?.cancel());
    if (inTime) return;
    this.#overdue++;
    const settled = (): void => void this.#overdue--;
    accepted.then(settled, settled);
    throw this.#unanswered();
  }

  /** Gives the spans to the store in parts: encoding one holds this thread for some 50 ms. */
  async #accept(spans: readonly Span[]): Promise<void> {
    for (const part of partsOf(spans, PART_SPANS)) await this.#options.accept(part);
  }

  #unanswered(): Refusal {
    const withinSec = secFromNs(this.#options.storeWithinNs);
    const message = `the spans cannot be stored now: the store has not answered for ${withinSec} s`;
    return new Refusal('store', message);
  }

  #answer(response: ServerResponse, type: OtlpType, refusal: Refusal): void {
    const { status } = refusal;
    if (status === 503) response.setHeader('retry-after', RETRY_AFTER_SEC);
    if (status === 405) response.setHeader('allow', 'POST');
    response.statusCode = status;
    response.end(refusalAnswer(type, refusal));
  }
}
