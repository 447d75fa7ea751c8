import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServedAt } from '../core/index.ts';
import type { ExportIntake } from './export-intake.ts';
import { exportAnswer, refusalAnswer, type OtlpType } from './otlp-answer.ts';
import type { CounterState } from './receiver-counters.ts';
import type { ReceiverLimits } from './receiver-limits.ts';
import { Refusal, RETRY_AFTER_SEC } from './refusal.ts';
import { readBody } from './request-body.ts';
import { answerType, checkRequest } from './request-check.ts';

export interface ExportHandlerOptions {
  readonly intake: ExportIntake;
  readonly limits: ReceiverLimits;
  readonly servedAt: ServedAt;
  readonly counters: CounterState;
}

/**
 * Answers one export request after the other or many at a time:
 *
 *   headers ─► body ─► intake ─► 200
 *      └─────────┴────────┴────► refusal: 4xx for good, 503 to be tried again
 */
export class ExportHandler {
  readonly #options: ExportHandlerOptions;

  constructor(options: ExportHandlerOptions) {
    this.#options = options;
  }

  /** Resolves when the answer is on its way. Rejects for bugs only. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { intake, counters, limits, servedAt } = this.#options;
    const type = answerType(request);
    response.setHeader('content-type', type);
    try {
      const { maxJsonBytes, maxBodyBytes } = limits;
      const maxBytes =
        checkRequest(request, servedAt) === 'application/json' ? maxJsonBytes : maxBodyBytes;
      const body = await readBody(request, { maxBytes, budget: intake.budget });
      response.end(exportAnswer(type, await intake.take(type, body)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      intake.refuse(error, request.headers['user-agent']);
      answer(response, type, error);
    } finally {
      counters.requests++;
    }
  }
}

function answer(response: ServerResponse, type: OtlpType, refusal: Refusal): void {
  const { status } = refusal;
  if (status === 503) response.setHeader('retry-after', RETRY_AFTER_SEC);
  if (status === 405) response.setHeader('allow', 'POST');
  response.statusCode = status;
  response.end(refusalAnswer(type, refusal));
}
