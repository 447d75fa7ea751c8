import type { Why, WhyOfRun } from '../../why/index.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const WHY_VERSION = 1;

/** Returns why a gate failed as JSON text, indented by two, with a line end. */
export function renderWhyJson(why: WhyOfRun): string {
  return `${JSON.stringify({ version: WHY_VERSION, ...whyJson(why) }, null, 2)}\n`;
}

/** Returns the same as a part of another document. What is not known is null. */
export function whyJson({ runId, entries, left, invalid, baselineNote }: WhyOfRun): object {
  return {
    runId,
    invalid,
    baselineNote,
    left,
    thresholds: entries.map(({ text, why, silence }) => ({
      text,
      silence,
      why: why === undefined ? null : entryJson(why),
    })),
  };
}

/** A limit beside which nothing is past is no number of JSON. */
function entryJson({ burst, against, target, ...why }: Why): object {
  return {
    step: target.step,
    edge: target.edge ?? null,
    phases: target.phases,
    ranges: target.ranges ?? null,
    clock: target.clock,
    bad: { ...target.bad, ...why.bad },
    good: why.good,
    state: why.state,
    places: why.places,
    origins: why.origins,
    retries: why.retries,
    faults: why.faults,
    values: why.values,
    burst: burst ?? null,
    usual: why.usual,
    examples: why.examples,
    against: against ? { ...against, version: against.version ?? null } : null,
    stored: why.stored,
  };
}
