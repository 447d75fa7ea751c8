import type { AbSteps } from './ab-seconds.ts';
import type { AbJudgement } from './ab-test.ts';

/** What a run says of two versions of a target, unless it must not be believed. */
export interface AbResult extends AbSteps {
  /** As the scenario names it. */
  readonly target: string;
  /** What the two are, for people. */
  readonly versions: { readonly a: string; readonly b: string };
  readonly judgement: AbJudgement;
}
