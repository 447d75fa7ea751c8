import {
  CANCELLED,
  type Clock,
  invariant,
  NO_STATUS,
  type Ns,
  OK,
  type OutcomeCode,
  TIMEOUT,
  type Timer,
} from '../core/index.ts';
import type { Driver, DriverEvents, LiveCall } from '../engine/index.ts';

/** What the modelled server does with a call: how it ends, and when. */
export interface Answer {
  readonly atNs: Ns;
  /** ok where it is not given. */
  readonly outcome?: OutcomeCode;
  /** 200 where it is not given and the outcome is ok, else 0. */
  readonly status?: number;
  /** Why a call failed in transport. */
  readonly error?: string;
  /** It never was sent: no connection came about. */
  readonly isUnsent?: boolean;
  /** Of an answer that a step reads: names in lower case. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** A target without a network: `connections` calls at once, each answered as `answer` says. */
export class ModelledDriver implements Driver {
  /** Every call that was started, as it was then; none where they are not kept. */
  readonly started: LiveCall[] = [];
  demanded = 0;
  isOpen = false;
  isClosed = false;
  readonly #clock: Clock;
  readonly #events: DriverEvents;
  readonly #answer: (call: LiveCall, sentNs: Ns) => Answer;
  readonly #busy = new Map<LiveCall, Timer>();
  readonly #keepsStarted: boolean;
  connections: number;

  constructor(
    clock: Clock,
    events: DriverEvents,
    connections: number,
    answer: (call: LiveCall, sentNs: Ns) => Answer,
    keepsStarted = true,
  ) {
    this.#clock = clock;
    this.#events = events;
    this.connections = connections;
    this.#answer = answer;
    this.#keepsStarted = keepsStarted;
  }

  get events(): DriverEvents {
    return this.#events;
  }

  open(): Promise<void> {
    this.isOpen = true;
    return Promise.resolve();
  }

  hasFreeConnection(): boolean {
    return this.#busy.size < this.connections;
  }

  demand(waiting: number): void {
    this.demanded = waiting;
  }

  start(call: LiveCall): void {
    invariant(this.hasFreeConnection() && !this.isClosed, 'started only while one is free');
    call.sentNs = this.#clock.nowNs();
    if (this.#keepsStarted) this.started.push({ ...call });
    const answer = this.#answer(call, call.sentNs);
    const isLate = answer.atNs > call.deadlineNs;
    const timer = this.#clock.after(Math.min(answer.atNs, call.deadlineNs) - call.sentNs, () => {
      if (isLate) {
        this.#finish(call, TIMEOUT);
        return;
      }
      if (answer.outcome === undefined || answer.outcome === OK) fill(call, answer);
      this.#finish(call, answer.outcome ?? OK, answer);
    });
    this.#busy.set(call, timer);
  }

  cancel(call: LiveCall): void {
    this.#cancel(call);
  }

  close(): Promise<void> {
    this.isClosed = true;
    // The end of one may be that of another.
    for (const call of [...this.#busy.keys()]) this.#cancel(call);
    return Promise.resolve();
  }

  #cancel(call: LiveCall): void {
    this.#busy.get(call)?.cancel();
    if (this.#busy.has(call)) this.#finish(call, CANCELLED);
  }

  #finish(call: LiveCall, outcome: OutcomeCode, answer?: Answer): void {
    this.#busy.delete(call);
    call.firstByteNs = -1;
    call.endNs = this.#clock.nowNs();
    call.outcome = outcome;
    call.status = answer?.status ?? (outcome === OK ? 200 : NO_STATUS);
    if (answer?.isUnsent === true) call.sentNs = -1;
    call.bytesIn = 1;
    call.bytesOut = 1;
    call.error = answer?.error ?? '';
    this.#events.finished(call);
  }
}

function fill({ answer }: LiveCall, { fields = [], body = '' }: Answer): void {
  if (answer === undefined) return;
  for (const [name, value] of fields) answer.fields.push([name, value]);
  const bytes = Buffer.from(body);
  answer.addBody(bytes, 0, bytes.length);
}
