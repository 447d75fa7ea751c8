import { CANCELLED, type Clock, NO_STATUS, NS_PER_MS, OK, type Timer } from '../core/index.ts';
import type { LiveCall, Saturator, SaturatorEvents } from '../engine/index.ts';
import type { SaturatedPhase } from '../schedule/index.ts';

const MS = NS_PER_MS;

/** Calls one after another on each connection, each answered after `serviceMs`. */
export class ModelledSaturator implements Saturator {
  readonly startedAtMs: number[] = [];
  readonly #clock: Clock;
  readonly #events: SaturatorEvents;
  readonly #connections: number;
  readonly #serviceMs: number;
  readonly #underWay = new Map<LiveCall, Timer>();
  #isStopped = false;

  constructor(
    clock: Clock,
    { connections }: SaturatedPhase,
    events: SaturatorEvents,
    serviceMs: number,
  ) {
    this.#clock = clock;
    this.#connections = connections;
    this.#events = events;
    this.#serviceMs = serviceMs;
  }

  start(): void {
    this.startedAtMs.push(this.#clock.nowNs() / MS);
    for (let i = 0; i < this.#connections; i++) this.#call();
  }

  stop(): void {
    this.#isStopped = true;
  }

  close(): void {
    this.stop();
    for (const [call, timer] of [...this.#underWay]) {
      timer.cancel();
      this.#end(call, CANCELLED);
    }
  }

  #call(): void {
    if (this.#isStopped) return;
    const call = this.#events.calling();
    call.sentNs = this.#clock.nowNs();
    const timer = this.#clock.after(this.#serviceMs * MS, () => {
      this.#end(call, OK);
      this.#call();
    });
    this.#underWay.set(call, timer);
  }

  #end(call: LiveCall, outcome: typeof OK | typeof CANCELLED): void {
    this.#underWay.delete(call);
    call.firstByteNs = -1;
    call.endNs = this.#clock.nowNs();
    call.outcome = outcome;
    call.status = NO_STATUS;
    call.bytesIn = 0;
    call.bytesOut = 0;
    call.error = '';
    this.#events.finished(call);
  }
}
