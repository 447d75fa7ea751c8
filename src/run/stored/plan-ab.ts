import type { JsonValue } from '../../core/index.ts';
import type { AbSpec } from '../../scenario/ab/index.ts';

/** Returns which two versions a run measures, as its plan is stored. */
export function abJson({ target, versions, steps, limits }: AbSpec): unknown {
  const { percents, changeRatioMin, changeMinNs, errorChangeMin } = limits;
  return {
    target,
    versions: { a: versions.a, b: versions.b },
    steps: steps.map(({ step, a, b, isJudged }) => ({ step, a, b, isJudged })),
    limits: { percents, changeRatioMin, changeMinNs, errorChangeMin },
  };
}

/** Returns what {@link abJson} made. */
export function readAb(json: JsonValue): AbSpec {
  const versions = json.get('versions');
  const limits = json.get('limits');
  return {
    target: json.get('target').text(),
    versions: { a: versions.get('a').text(), b: versions.get('b').text() },
    steps: json.get('steps').list((step) => ({
      step: step.get('step').text(),
      a: step.get('a').text(),
      b: step.get('b').text(),
      isJudged: step.get('isJudged').flag(),
    })),
    limits: {
      percents: limits.get('percents').list((percent) => percent.number()),
      changeRatioMin: limits.get('changeRatioMin').number(),
      changeMinNs: limits.get('changeMinNs').number(),
      errorChangeMin: limits.get('errorChangeMin').number(),
    },
  };
}
