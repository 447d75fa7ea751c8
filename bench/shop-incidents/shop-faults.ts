import type { Rng } from '../../src/core/index.ts';
import type { CauseKind } from '../../src/incident/index.ts';
import { TOXIC_KINDS } from '../../src/toxics/catalogue.ts';

/** A call of the shop that a fault can act on: it goes through a proxy named after its callee. */
export interface Hop {
  readonly caller: string;
  readonly callee: string;
}

export const HOPS: readonly Hop[] = [
  { caller: 'callgauge', callee: 'orders' },
  { caller: 'orders', callee: 'inventory' },
  { caller: 'orders', callee: 'payment' },
  { caller: 'orders', callee: 'notification' },
  { caller: 'orders', callee: 'shipping' },
];

/** What is done to the hop or its callee, as the `toxic` or `do` of a scenario has it. */
export type Effect =
  | { readonly toxic: Readonly<Record<string, unknown>> }
  | { readonly do: 'pause' | 'kill' };

/** A fault as it is drawn. */
export interface DrawnFault {
  readonly effect: Effect;
  /** A toxic that works in its first moments, on connections that are open. */
  readonly before?: Readonly<Record<string, unknown>>;
  /** What a cause may be that is right; empty where the fault adds nothing that could be seen. */
  readonly rightKinds: readonly CauseKind[];
}

/** Draws the strength of one kind of fault. */
type DrawFault = (draw: Draws) => DrawnFault;

const SLOW: readonly CauseKind[] = ['network-around'];
/** The callee has begun its span when the rest of the request is still under way. */
const SLOW_BOTH: readonly CauseKind[] = ['network-around', 'slower-inside'];
const BROKEN: readonly CauseKind[] = ['errors-begin', 'calls-missing', 'network-around'];
const STUCK: readonly CauseKind[] = [...BROKEN, 'slower-inside'];
/** As many bytes as a request of the shop has, about; its answers have two thirds of it. */
const MESSAGE_BYTES = 300;

/** Draws within ranges, by a seed. */
export class Draws {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Returns a number from one to another, its logarithm even. */
  between(from: number, to: number): number {
    return from * (to / from) ** this.#rng.nextFloat();
  }

  whole(from: number, to: number): number {
    return from + Math.floor(this.#rng.nextFloat() * (to - from + 1));
  }

  oneOf<T>(all: readonly [T, ...T[]]): T {
    return all[Math.floor(this.#rng.nextFloat() * all.length)] ?? all[0];
  }

  ms(from: number, to: number): string {
    return `${Math.round(this.between(from, to))}ms`;
  }

  percent(from: number, to: number): string {
    return `${Math.round(this.between(from, to))}%`;
  }

  stream(): 'upstream' | 'downstream' {
    return this.oneOf(['upstream', 'downstream']);
  }
}

/** What a delay adds at least and at most: less is lost in the noise of a machine that is busy. */
const ADDED_MS = [60, 300] as const;
const SHARE = [30, 100] as const;

const FAULTS: Readonly<Record<string, DrawFault>> = {
  bandwidth: (draw) => {
    const stream = draw.stream();
    const bytesPerSec = Math.round((MESSAGE_BYTES * 1_000) / draw.between(...ADDED_MS));
    return slow({ type: 'bandwidth', stream, rate: `${bytesPerSec}B/s` }, SLOW_BOTH);
  },
  blackhole: (draw) => broken({ type: 'blackhole', stream: draw.stream() }, STUCK),
  corrupt: (draw) => {
    const what = draw.oneOf(['bit', 'byte']);
    const share = `${draw.between(2, 10).toFixed(2)}%`;
    return broken({ type: 'corrupt', stream: draw.stream(), share, what }, STUCK);
  },
  cut: (draw) => {
    const how = draw.oneOf(['close', 'reset']);
    const bytes = draw.whole(0, MESSAGE_BYTES / 2);
    return broken({ type: 'cut', stream: draw.stream(), bytes: `${bytes}B`, how });
  },
  delay: (draw) => slow({ type: 'delay', stream: draw.stream(), delay: drawDelay(draw) }),
  http_abort: (draw) => {
    const status = draw.oneOf([429, 500, 502, 503, 504]);
    return broken({ type: 'http_abort', status, toxicity: draw.percent(...SHARE) });
  },
  http_body: (draw) =>
    broken({ type: 'http_body', how: 'truncate', bytes: '2B', toxicity: draw.percent(...SHARE) }),
  http_delay: (draw) =>
    slow({ type: 'http_delay', delay: drawDelay(draw), toxicity: draw.percent(...SHARE) }),
  http_headers: (draw) => {
    const edit = draw.oneOf<Readonly<Record<string, unknown>>>([
      { remove: ['host'] },
      { remove: ['traceparent'] },
      { set: { expect: 'the-unexpected' } },
    ]);
    const toxicity = draw.percent(...SHARE);
    return broken({ type: 'http_headers', stream: 'upstream', ...edit, toxicity }, STUCK);
  },
  http_reset: (draw) => broken({ type: 'http_reset', toxicity: draw.percent(...SHARE) }),
  http_slow_body: (draw) => {
    const bytesPerSec = Math.round(17_000 / draw.between(...ADDED_MS));
    return slow({ type: 'http_slow_body', rate: `${bytesPerSec}B/s` });
  },
  latency: (draw) => {
    const addedMs = draw.between(...ADDED_MS);
    const jitter = `${Math.round(addedMs * draw.between(0.05, 0.5))}ms`;
    const latency = `${Math.round(addedMs)}ms`;
    return slow({ type: 'latency', stream: draw.stream(), latency, jitter });
  },
  limit_data: (draw) =>
    broken({ type: 'limit_data', stream: draw.stream(), bytes: `${draw.whole(0, 600)}B` }),
  noop: () => nothing({ type: 'noop' }),
  refuse: () => ({ ...broken({ type: 'refuse' }), before: { type: 'timeout', timeout: '1ms' } }),
  reset_peer: (draw) =>
    broken({ type: 'reset_peer', stream: draw.stream(), timeout: draw.ms(1, 200) }),
  slicer: (draw) => {
    const averageBytes = draw.whole(16, 64);
    const pieces = (MESSAGE_BYTES * 2) / 3 / averageBytes;
    const delay = `${Math.round(draw.between(...ADDED_MS) / pieces)}ms`;
    const averageSize = `${averageBytes}B`;
    return slow({ type: 'slicer', stream: draw.stream(), averageSize, delay }, SLOW_BOTH);
  },
  // HTTP says itself where a message ends, and connections stay open: nobody waits for the end.
  slow_close: (draw) =>
    nothing({ type: 'slow_close', stream: draw.stream(), delay: draw.ms(...ADDED_MS) }),
  stall: (draw) => slow({ type: 'stall', stream: draw.stream(), duration: draw.ms(600, 1_000) }),
  timeout: (draw) => broken({ type: 'timeout', stream: draw.stream(), timeout: draw.ms(20, 500) }),
  pause: () => ({ effect: { do: 'pause' }, rightKinds: STUCK }),
  kill: () => ({ effect: { do: 'kill' }, rightKinds: STUCK }),
};

/** Toxics that the shop, which speaks no gRPC, never meets. */
export const NOT_OF_THE_SHOP: readonly string[] = [...TOXIC_KINDS.keys()].filter((type) =>
  type.startsWith('grpc_'),
);

/** Toxics of the catalogue, then what is done to a process. */
export const FAULT_NAMES: readonly string[] = [...TOXIC_KINDS.keys(), 'pause', 'kill'].filter(
  (name) => !NOT_OF_THE_SHOP.includes(name),
);

/**
 * Returns a fault of one kind, its strength drawn.
 * @throws Error for a toxic of the catalogue that nobody has given a range
 */
export function drawFault(name: string, draw: Draws): DrawnFault {
  const drawn = FAULTS[name]?.(draw);
  if (drawn === undefined) throw new Error(`no range is known for the toxic '${name}'`);
  return drawn;
}

function drawDelay(draw: Draws): Readonly<Record<string, unknown>> {
  const sigma = Number(draw.between(0.2, 0.8).toFixed(2));
  return { distribution: 'lognormal', median: draw.ms(...ADDED_MS), sigma, max: '1s' };
}

function slow(toxic: Readonly<Record<string, unknown>>, rightKinds = SLOW): DrawnFault {
  return { effect: { toxic }, rightKinds };
}

function broken(toxic: Readonly<Record<string, unknown>>, rightKinds = BROKEN): DrawnFault {
  return { effect: { toxic }, rightKinds };
}

function nothing(toxic: Readonly<Record<string, unknown>>): DrawnFault {
  return { effect: { toxic }, rightKinds: [] };
}
