import type { MessagePort } from 'node:worker_threads';
import type { ToWorker, WorkerInput } from './thread-messages.ts';

type Order = Exclude<ToWorker, { readonly kind: 'input' }>;

/** What a sending thread is told: its input first, then orders, which wait until they are taken. */
export class Inbox {
  readonly input: Promise<WorkerInput>;
  readonly #early: Order[] = [];
  #take: ((order: Order) => void) | undefined;

  constructor(port: Pick<MessagePort, 'on'>) {
    const { promise, resolve } = Promise.withResolvers<WorkerInput>();
    this.input = promise;
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'input') resolve(message.input);
      else if (this.#take) this.#take(message);
      else this.#early.push(message);
    });
  }

  /** Hands over all orders in their order, those that came before at once. */
  takeOrders(take: (order: Order) => void): void {
    this.#take = take;
    for (const order of this.#early.splice(0)) take(order);
  }
}
