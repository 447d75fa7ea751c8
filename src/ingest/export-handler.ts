import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorText, InvariantError, type Span } from '../core/index.ts';
import { BodyBudget } from './body-budget.ts';
import { exportAnswer, refusalAnswer, type OtlpType } from './otlp-answer.ts';
import { decodeJson } from './otlp-json.ts';
import { decodeProtobuf } from './otlp-protobuf.ts';
import type { ReceiverLimits } from './receiver-limits.ts';
import type { CounterState } from './receiver-counters.ts';
import { Refusal } from './refusal.ts';
import { readBody } from './request-body.ts';
import { answerType, checkRequest } from './request-check.ts';
import type { TraceExport } from './trace-export.ts';

const RETRY_AFTER_SEC = 1;

/**
 * Answers one export request after the other or many at a time:
 *
 *   headers ─► body ─► decode ─► accept ─► 200
 *      └─────────┴────────┴─────────┴────► refusal: 4xx for good, 503 to be tried again
 */
export class ExportHandler {
  readonly #accept: (spans: readonly Span[]) => Promise<void>;
  readonly #limits: ReceiverLimits;
  readonly #budget: BodyBudget;
  readonly #counters: CounterState;

  constructor(
    accept: (spans: readonly Span[]) => Promise<void>,
    limits: ReceiverLimits,
    counters: CounterState,
  ) {
    this.#accept = accept;
    this.#limits = limits;
    this.#budget = new BodyBudget(limits.maxInFlightBytes);
    this.#counters = counters;
  }

  /** Resolves when the answer is on its way. Rejects for bugs only. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const type = answerType(request);
    response.setHeader('content-type', type);
    try {
      const taken = await this.#take(request);
      this.#counters.spans += taken.spans.length;
      this.#counters.rejectedSpans += taken.rejectedSpans;
      response.end(exportAnswer(type, taken));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(response, type, error);
    } finally {
      this.#counters.requests++;
    }
  }

  /** Returns what was read from the request, once its spans are accepted. */
  async #take(request: IncomingMessage): Promise<TraceExport> {
    const type = checkRequest(request);
    const json = type === 'application/json';
    const maxBytes = json ? this.#limits.maxJsonBytes : this.#limits.maxBodyBytes;
    const body = await readBody(request, { maxBytes, budget: this.#budget });
    try {
      const decode = json ? decodeJson : decodeProtobuf;
      const taken = decode(body, this.#limits.maxItems);
      if (taken.spans.length > 0) await this.#store(taken.spans);
      return taken;
    } finally {
      this.#budget.giveBack(body.length);
    }
  }

  async #store(spans: readonly Span[]): Promise<void> {
    try {
      await this.#accept(spans);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      throw new Refusal(503, `the spans cannot be stored now: ${errorText(error)}`, error);
    }
  }

  #refuse(response: ServerResponse, type: OtlpType, refusal: Refusal): void {
    const { status } = refusal;
    if (status === 503) this.#counters.unavailable++;
    else if (status === 413) this.#counters.tooLarge++;
    else this.#counters.refused++;
    if (status === 503) response.setHeader('retry-after', RETRY_AFTER_SEC);
    if (status === 405) response.setHeader('allow', 'POST');
    response.statusCode = status;
    response.end(refusalAnswer(type, refusal));
  }
}
