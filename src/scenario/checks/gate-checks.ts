import type { ScenarioFile } from '../file/scenario-file.ts';
import type { Path, Problem } from '../problem.ts';
import { whyNotEarly, whyNotExtended } from '../while-running.ts';

/**
 * Returns a problem for everything that does not go together in how thresholds are judged while the
 * run goes on. Whoever knows k6 finds its `delayAbortEval` under `delay`.
 */
export function gateProblems(file: ScenarioFile): Problem[] {
  return [
    ...file.thresholds.flatMap((threshold, i) => thresholdProblems(threshold, ['thresholds', i])),
    ...extensionProblems(file),
    ...baselineProblems(file),
  ];
}

type Threshold = ScenarioFile['thresholds'][number];

function thresholdProblems(threshold: Threshold, path: Path): Problem[] {
  const { abortOnFail, delayNs, whenInconclusive } = threshold;
  const early = abortOnFail && whyNotEarly(threshold);
  const extended = whenInconclusive === 'extend' ? whyNotExtended(threshold) : undefined;
  return [
    ...(delayNs !== undefined && !abortOnFail
      ? [problem([...path, 'delay'], 'delay is of abortOnFail, which is not set', DELAY_HINT)]
      : []),
    ...(early === undefined
      ? []
      : [
          problem(
            [...path, 'abortOnFail'],
            `it cannot fail before its run is over: ${early}`,
            EARLY_HINT,
          ),
        ]),
    ...(extended === undefined
      ? []
      : [
          problem(
            [...path, 'whenInconclusive'],
            `more calls do not decide it: ${extended}`,
            EXTEND_HINT,
          ),
        ]),
  ];
}

const DELAY_HINT = 'Add abortOnFail: true, or remove delay.';
const EARLY_HINT = 'Remove abortOnFail, or ask for a percentile, a count or a share.';
const EXTEND_HINT = 'Write fail or pass, or remove it.';

function extensionProblems(file: ScenarioFile): Problem[] {
  const { gate, thresholds, load } = file;
  const own = thresholds.findIndex(({ whenInconclusive }) => whenInconclusive === 'extend');
  const isForAll = gate?.whenInconclusive === 'extend';
  const at: Path = isForAll
    ? ['gate', 'whenInconclusive']
    : ['thresholds', own, 'whenInconclusive'];
  const bound: Path = ['gate', 'extendAtMost'];
  if (!isForAll && own < 0) {
    if (gate?.extendAtMost === undefined) return [];
    return [problem(bound, 'nothing is extended', 'Add whenInconclusive: extend, or remove it.')];
  }
  if (gate?.extendAtMost === undefined) {
    const hint = 'Write gate: { extendAtMost: 5m }, say: the load goes on by so much at most.';
    return [problem(at, 'extend has no bound', hint)];
  }
  const last = load.at(-1);
  const endless = last && whyItEnds(last);
  return endless === undefined
    ? []
    : [
        problem(
          at,
          `the load cannot go on: ${endless}`,
          'Write fail or pass, or end with a phase that can.',
        ),
      ];
}

function baselineProblems({ gate, load }: ScenarioFile): Problem[] {
  if (gate?.baseline === undefined || load.every(({ capacity }) => !capacity)) return [];
  const hint = 'Leave it out: the rates of a capacity search are those that it tried.';
  return [problem(['gate', 'baseline'], 'a search is held against no baseline', hint)];
}

/** Returns what ends a last phase whatever its time; undefined where only that does. */
function whyItEnds(last: ScenarioFile['load'][number]): string | undefined {
  if (last.capacity) return 'a capacity search ends when the capacity is found';
  if (last.replay) return 'a replay ends with its list';
  if (last.iterations !== undefined) return 'its last phase ends with its iterations';
  if (!last.measure) return 'its last phase is not measured';
  return undefined;
}

function problem(path: Path, message: string, hint: string): Problem {
  return { path, part: 'key', message, hint };
}
