import type { Ms } from '../core/index.ts';
import type { ReplayedRequest } from '../scenario/index.ts';
import { type Cookie, CookieJar } from './cookie-jar.ts';

/** How large a scope must be to fit every flow of a scenario. */
export interface ScopeSize {
  readonly values: number;
  readonly draws: number;
  readonly counters: number;
}

/** What the setup leaves to every iteration. */
export interface SharedScope {
  /** By slot. */
  readonly values: unknown[];
  cookies: readonly Cookie[];
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
  /** The number of its virtual user, from 0, unique over all workers; -1 where none is known. */
  user = -1;
  phase = '';
  /** What the arrival is recorded to have called; undefined where it is no replay of requests. */
  replayed: ReplayedRequest | undefined;
  /** Whether a call or a hook of the iteration has failed: it ends once its branches are over. */
  hasFailed = false;
  /** The cookies of the iteration, or of its user; not used where the scenario keeps none. */
  jar: CookieJar;
  /** Wall time of what is done now; kept only where cookies are. */
  nowEpochMs: Ms = 0;
  /** What was captured, by slot; undefined for what was not. */
  readonly values: unknown[];
  /** How often each draw site has drawn. */
  readonly draws: Uint32Array;
  /** Rounds left per loop, branches under way per group. */
  readonly counters: Int32Array;
  readonly #shared: SharedScope;

  /** `shared` is read at every {@link begin}. */
  constructor(seed: number, size: ScopeSize, shared: SharedScope) {
    this.seed = seed;
    this.values = Array.from({ length: size.values });
    this.draws = new Uint32Array(size.draws);
    this.counters = new Int32Array(size.counters);
    this.#shared = shared;
    this.jar = this.newJar();
  }

  /** Returns a jar of its own, in which are the cookies that the setup was given. */
  newJar(): CookieJar {
    return new CookieJar(this.#shared.cookies);
  }

  /** Empties it for the iteration of arrival `seq`, but for what the setup captured. */
  begin(seq: number, phase: string, replayed?: ReplayedRequest): void {
    this.seq = seq;
    this.phase = phase;
    this.replayed = replayed;
    this.hasFailed = false;
    for (let slot = 0; slot < this.values.length; slot++) {
      this.values[slot] = this.#shared.values[slot];
    }
    clear(this.draws);
    clear(this.counters);
  }
}

/** Most flows have no counters or few: a loop over those costs less than a call of `fill`. */
function clear(counts: Uint32Array | Int32Array): void {
  for (let slot = 0; slot < counts.length; slot++) counts[slot] = 0;
}
