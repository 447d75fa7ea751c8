import { invariant } from '../../../src/core/index.ts';
import type { Driver, DriverCall, DriverOptions } from '../../../src/engine/index.ts';
import { LineConnection } from './line-connection.ts';

/** Returns the driver that sends a line per call, one at a time on each connection. */
export function lineDriver(options: DriverOptions): Driver {
  return new LineDriver(options);
}

class LineDriver implements Driver {
  readonly #options: DriverOptions;
  readonly #all = new Set<LineConnection>();
  readonly #free: LineConnection[] = [];
  #dialled = 0;
  #waiting = 0;
  #isClosed = false;

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  hasFreeConnection(): boolean {
    return this.#free.length > 0;
  }

  demand(waiting: number): void {
    this.#waiting = waiting;
    const { target } = this.#options;
    while (this.#dialled < waiting && this.#all.size < target.connections) this.#dial();
  }

  start(call: DriverCall): void {
    const { steps } = this.#options;
    const connection = this.#free.pop();
    const step = steps[call.stepIndex];
    invariant(connection !== undefined && step !== undefined, 'a call has a step and a connection');
    const { body } = call.request ?? step.call.request;
    connection.send(call, body, step.timeoutNs);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of [...this.#all]) connection.cancel();
    return Promise.resolve();
  }

  #dial(): void {
    const { target, clock, events } = this.#options;
    const dialledNs = clock.nowNs();
    this.#dialled++;
    const connection = new LineConnection(new URL(target.url), clock, {
      opened: () => {
        this.#dialled--;
        this.#free.push(connection);
        events.connected(clock.nowNs() - dialledNs, false);
        events.ready();
      },
      finished: (call, isUsable) => {
        if (isUsable && !this.#isClosed) this.#free.push(connection);
        events.finished(call);
      },
      closed: (error, wasOpen) => {
        this.#all.delete(connection);
        const index = this.#free.indexOf(connection);
        if (index >= 0) this.#free.splice(index, 1);
        if (!wasOpen) this.#dialled--;
        if (this.#isClosed) return;
        // Calls that wait for the connection that is gone need another.
        if (wasOpen) this.demand(this.#waiting);
        else if (this.#all.size === 0) events.unreachable(error);
      },
    });
    this.#all.add(connection);
  }
}
