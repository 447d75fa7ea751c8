import type { RatePerSec } from '../core/index.ts';

/** What a first scenario is made of. */
export interface FirstPlan {
  /** Of the scenario. */
  readonly name: string;
  /** What it was made from, for people. */
  readonly from: string;
  readonly targets: readonly FirstTarget[];
  /** In their order; at least one. */
  readonly steps: readonly FirstStep[];
  /** All steps together, in the load and in the measurement. */
  readonly ratePerSec: RatePerSec;
}

export interface FirstTarget {
  readonly name: string;
  readonly url: string;
}

/** A step as the scenario writes it: its texts hold references, and no secrets. */
export interface FirstStep {
  readonly name: string;
  readonly target: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly key: string; readonly value: unknown } | undefined;
  /** Accepted ones; empty for those that a scenario accepts by itself. */
  readonly statuses: readonly (number | string)[];
  /** `GET /pets/{petId}`: what the step calls, for people. */
  readonly origin: string;
  /** What to look at or to set, for people; one line each. */
  readonly remarks: readonly string[];
  /** The variables of the environment that must be set. */
  readonly variables: readonly string[];
}

/** How long the written load is measured, and warmed up before. */
export const STEADY_SECONDS = 30;
export const WARM_UP_SECONDS = 5;

/** Returns names for steps or targets: letters, digits, `-` and `_`, each once, 64 at most. */
export class Names {
  readonly #taken = new Set<string>();

  /** Returns the name nearest to a text; `otherwise` where nothing of it can stand in a name. */
  nearest(text: string, otherwise: string): string {
    const plain = text
      .replaceAll(/[^A-Za-z0-9_]+/gu, '-')
      .replaceAll(/^[^A-Za-z]+|[-_]+$/gu, '')
      .slice(0, NAME_MAX);
    const wanted = plain === '' ? otherwise : plain;
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) {
      const suffix = `-${i}`;
      name = wanted.slice(0, NAME_MAX - suffix.length) + suffix;
    }
    this.#taken.add(name);
    return name;
  }
}

const NAME_MAX = 64;

const SCENARIO_NAME_MAX = 80;

/** Returns a text as the name of a scenario: one line of 100 characters at most. */
export function scenarioName(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.slice(0, SCENARIO_NAME_MAX).toWellFormed().trim() || 'first';
}

/** What of a source is no step, and why: one phrase. */
export interface SkippedStep {
  /** `POST /pets`. */
  readonly origin: string;
  readonly reason: string;
}
