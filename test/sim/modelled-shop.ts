import {
  drawAt,
  type FaultWindow,
  hashText,
  type Ns,
  NS_PER_MS,
  OK,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../src/core/index.ts';
import type { LiveCall } from '../../src/engine/index.ts';
import type { StepSpec } from '../../src/scenario/index.ts';
import type { Answer } from '../../src/simulate/index.ts';
import type { ModelledAttempt } from './slice-source.ts';

export interface ModelledShopOptions {
  readonly seed: number;
  /** By the index of a call's step. */
  readonly steps: readonly StepSpec[];
  readonly windows: () => readonly FaultWindow[];
}

const BODY = '{"status":"ok","state":"created","id":"order-1"}';
const CREATED = '{"status":"created","state":"created","id":"order-1"}';

/**
 * A shop as arithmetic: how long it takes for a call, and how that ends, follow from the seed, the
 * call's number and the fault windows alone, never from the order in which calls are made.
 */
export class ModelledShop {
  /** What its services asked of each other. */
  readonly attempts: ModelledAttempt[] = [];
  readonly #options: ModelledShopOptions;

  constructor(options: ModelledShopOptions) {
    this.#options = options;
  }

  answer({ spanSeq, stepIndex }: LiveCall, sentNs: Ns): Answer {
    const { seed, steps, windows } = this.#options;
    const step = steps[stepIndex];
    const draw = (purpose: string): number => drawAt(seed, hashText(purpose), spanSeq);
    const paymentNs = lognormalNs(12 * NS_PER_MS, 0.5, draw);
    let serviceNs = paymentNs + Math.round(8 * NS_PER_MS * (0.8 + 0.4 * draw('orders')));
    for (const { effect, fromNs, toNs } of windows()) {
      if (sentNs < fromNs || sentNs >= toNs) continue;
      if (effect === 'http_abort' && draw(effect) < 0.3) {
        return { atNs: sentNs + serviceNs, outcome: STATUS, status: 503 };
      }
      if (effect === 'latency' || effect === 'http_delay') {
        serviceNs += Math.round((200 + 100 * draw(effect)) * NS_PER_MS);
      }
      if (effect === 'pause') serviceNs += 1_500 * NS_PER_MS - (sentNs - fromNs);
    }
    this.#ask('inventory', 'POST /api/reservations', sentNs, serviceNs - paymentNs);
    this.#ask('payment', 'POST /api/charges', sentNs, paymentNs);
    const timeoutNs = step?.timeoutNs ?? Infinity;
    if (draw('stall') < 0.001) serviceNs += timeoutNs;
    if (serviceNs >= timeoutNs) return { atNs: sentNs + timeoutNs, outcome: TIMEOUT };
    if (draw('reset') < 0.001) {
      return { atNs: sentNs + serviceNs, outcome: TRANSPORT, error: 'ECONNRESET' };
    }
    const isOrder = step?.name.startsWith('order') === true;
    return {
      atNs: sentNs + serviceNs,
      outcome: OK,
      // One order in some hundreds is another than its step's checks want.
      body: isOrder && draw('status') > 0.002 ? CREATED : BODY,
    };
  }

  #ask(callee: string, operation: string, atNs: Ns, durationNs: Ns): void {
    this.attempts.push({ caller: 'orders', callee, operation, atNs, durationNs });
  }
}

/** By Box and Muller, from two draws. */
function lognormalNs(medianNs: Ns, sigma: number, draw: (purpose: string) => number): Ns {
  const radius = Math.sqrt(-2 * Math.log(1 - draw('radius')));
  return Math.round(medianNs * Math.exp(sigma * radius * Math.cos(2 * Math.PI * draw('angle'))));
}
