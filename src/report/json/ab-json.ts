import type { AbResult, ComparisonVerdict } from '../../compare/index.ts';

/** Returns what a run says of two versions; `docs/reference/ab.md` has the fields. */
export function abJson(
  { target, versions, steps, judgement }: AbResult,
  verdict: ComparisonVerdict,
) {
  const { seconds, decided, limits, percentiles, shares } = judgement;
  return {
    verdict,
    decided,
    target,
    versions: { a: versions.a, b: versions.b },
    steps: steps.map(({ step, a, b, isJudged }) => ({ step, a, b, isJudged })),
    seconds,
    limits,
    // An interval that is not known has ends that JSON has not: they become null.
    percentiles,
    shares,
  };
}
