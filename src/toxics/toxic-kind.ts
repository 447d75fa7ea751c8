import type { Rng } from '../core/index.ts';
import type { PlanOrigin, RequestPlan } from './http/request-plan.ts';
import type { Link, LinkContext } from './link.ts';
import type { Settings, ValuesOf } from './setting.ts';
import type { Direction } from './toxic.ts';

interface Common<S extends Settings> {
  /** Its name in the scenario file and the admin API, snake_case. */
  readonly type: string;
  /** One sentence for the documentation and the schema: what it does. */
  readonly description: string;
  /** Toxiproxy has it too: the admin API takes any whole number for its settings, as there. */
  readonly isToxiproxys?: true;
  readonly settings: S;
  /**
   * Returns what is wrong with values that are each of the right sort; the scenario file and the
   * admin API both refuse them. Absent: nothing can be.
   */
  check?(values: ValuesOf<S>): readonly SettingProblem[];
}

/** A setting that cannot be so. */
export interface SettingProblem {
  /** The setting's name in the scenario file. */
  readonly name: string;
  /** The part that is wrong. */
  readonly seen: string;
  /** What there must be instead: `a name that HTTP allows`. */
  readonly wanted: string;
  /** What to do. */
  readonly hint: string;
}

/** Works on the bytes of one direction of a connection. */
export interface StreamToxicKind<S extends Settings = Settings> extends Common<S> {
  readonly works: 'stream';
  /**
   * What a ramp makes grow: an amount that the link scales by `context.strength`, or the toxicity.
   */
  readonly ramps: 'amount' | 'toxicity';
  /**
   * Whether it works on a connection from the moment it is put on; absent: from the first data or
   * end that comes to it.
   */
  readonly worksOnIdle?: true;
  /**
   * Returns a link for one direction of one connection. After a change of settings `before` is the
   * link that this one replaces: it may continue that link's counts. What that link held is fed in
   * again.
   */
  link(values: ValuesOf<S>, context: LinkContext, before?: Link): Link;
}

/** Works on connections before anything passes. */
export interface ConnectionToxicKind<S extends Settings = Settings> extends Common<S> {
  readonly works: 'connection';
  /** `refuse`: new connections meet a closed port; where only some are meant, those are reset. */
  readonly does: 'refuse';
}

/** What the plan for one request is made from, beside the settings. */
export interface RequestDraw {
  /** The request's own: the same for the same request of another run with the same seed. */
  readonly rng: Rng;
  /** 1, less during a ramp. */
  readonly strength: number;
  /** `upstream` where the toxic is to work on requests, `downstream` on their answers. */
  readonly stream: Direction;
  /** The toxic itself, for what is to hold no longer than it. */
  readonly origin: PlanOrigin;
}

/** Works on HTTP requests; only a proxy with `protocol: http` knows them. */
export interface RequestToxicKind<S extends Settings = Settings> extends Common<S> {
  readonly works: 'request';
  /** What a ramp makes grow: an amount that the plan scales by `strength`; absent: the toxicity. */
  readonly ramps?: 'amount';
  /** Returns what it does to one request. */
  plan(values: ValuesOf<S>, draw: RequestDraw): RequestPlan;
}

/** A kind of toxic: its type, its settings, and what it does. One per file. */
export type ToxicKind = StreamToxicKind | ConnectionToxicKind | RequestToxicKind;

/** Returns the kind as the catalogue keeps it; its code is checked against its own settings. */
export function toxicKind<S extends Settings>(
  kind: StreamToxicKind<S> | ConnectionToxicKind<S> | RequestToxicKind<S>,
): ToxicKind {
  // The catalogue gives a kind the values that its own settings describe, and nothing else.
  return kind;
}
