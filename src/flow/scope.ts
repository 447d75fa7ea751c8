import type { ReplayedRequest } from '../scenario/index.ts';

/** How large a scope must be to fit every flow of a scenario. */
export interface ScopeSize {
  readonly values: number;
  readonly draws: number;
  readonly counters: number;
}

/**
 * The variables of one iteration, by slot: names became numbers when the flows were compiled. The
 * branches of a parallel group share it. It is made once and used again for one iteration after
 * another, so that an iteration allocates nothing.
 */
export class Scope {
  readonly seed: number;
  /** The number of the arrival. */
  seq = 0;
  phase = '';
  /** What the arrival is recorded to have called; undefined where it is no replay of requests. */
  replayed: ReplayedRequest | undefined;
  /** Whether a call or a hook of the iteration has failed: it ends once its branches are over. */
  hasFailed = false;
  /** What was captured, by slot; undefined for what was not. */
  readonly values: unknown[];
  /** How often each draw site has drawn. */
  readonly draws: Uint32Array;
  /** Rounds left per loop, branches under way per group. */
  readonly counters: Int32Array;
  readonly #shared: readonly unknown[];

  /** `shared`: what the setup captured, by slot; read at every {@link begin}. */
  constructor(seed: number, size: ScopeSize, shared: readonly unknown[]) {
    this.seed = seed;
    this.values = Array.from({ length: size.values });
    this.draws = new Uint32Array(size.draws);
    this.counters = new Int32Array(size.counters);
    this.#shared = shared;
  }

  /** Empties it for the iteration of arrival `seq`, but for what the setup captured. */
  begin(seq: number, phase: string, replayed?: ReplayedRequest): void {
    this.seq = seq;
    this.phase = phase;
    this.replayed = replayed;
    this.hasFailed = false;
    for (let slot = 0; slot < this.values.length; slot++) this.values[slot] = this.#shared[slot];
    this.draws.fill(0);
    this.counters.fill(0);
  }
}
