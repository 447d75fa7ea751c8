import type { Ns, Ratio } from '../../core/index.ts';

/** Of a run that measures two versions of a target: what they are, and which step calls which. */
export interface AbSpec {
  /** As the scenario names it; its versions are the targets of {@link sideName}. */
  readonly target: string;
  /** What the two are, for people: `http://10.0.0.7:8080`, `node server.js`. */
  readonly versions: Readonly<Record<AbSide, string>>;
  /** Every step of a flow that calls the target, in file order. */
  readonly steps: readonly AbStep[];
  readonly limits: AbLimits;
}

/** What of the two is held against each other, and which change counts. */
export interface AbLimits {
  /** Of the response time; ascending, from 0 to 100 without both. */
  readonly percents: readonly number[];
  /** A percentile counts that changed by more than both. */
  readonly changeRatioMin: Ratio;
  readonly changeMinNs: Ns;
  /** A share of errors or dropped arrivals counts that changed by so much. */
  readonly errorChangeMin: Ratio;
}

/** A step of the scenario, and the two that it became. */
export interface AbStep {
  readonly step: string;
  readonly a: string;
  readonly b: string;
  /** Whether it calls the target; else another that its flow calls besides. */
  readonly isJudged: boolean;
}

export type AbSide = 'a' | 'b';
export const AB_SIDES = ['a', 'b'] as const;

/**
 * Returns the name of a step, flow, target or fault as one of two versions has it. No name of a
 * scenario holds an @.
 */
export function sideName(name: string, side: AbSide): string {
  return `${name}@${side}`;
}
