import { formatDuration } from '../../core/index.ts';
import type { EntryFile } from '../file/flow.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import { allEntriesIn, entriesOfPhase } from '../flow-entries.ts';
import { policyInUse } from '../policy-from-file.ts';
import type { Part, Path, Problem } from '../problem.ts';
import { stairsIn } from '../staircase.ts';
import { POLICY_METRICS, TARGET_METRIC } from '../threshold-metrics.ts';
import { tagNames, hasTag, stepsMeant } from '../threshold-steps.ts';
import type { SelectorName } from '../threshold-selectors.ts';
import { EVERY_STEP, type ThresholdSpec } from '../threshold-spec.ts';
import { phaseDurations } from './load-checks.ts';
import { unknownName } from './name-checks.ts';

/** A threshold of the file, and where its parts stand in its text. */
interface ThresholdAt {
  readonly threshold: ThresholdSpec;
  readonly path: Path;
  /** Returns the place of the subject, of what a selector names, or of `over`. */
  readonly placeOf: (of: 'subject' | SelectorName | 'over') => Part;
}

/**
 * Returns a problem for every threshold that would match nothing: one that matches nothing holds
 * for ever, and nobody notices. `written` are the thresholds as the file has them.
 */
export function thresholdProblems(file: ScenarioFile, written: readonly string[]): Problem[] {
  return file.thresholds.flatMap((threshold, i): Problem[] => {
    const text = written[i] ?? '';
    const placeOf: ThresholdAt['placeOf'] = (of) => {
      const mark = of === 'subject' ? /^\s*/u : of === 'over' ? /\bover\s+/u : valueOf(of);
      const found = mark.exec(text);
      return { character: found ? found.index + found[0].length : 0 };
    };
    const at = { threshold, path: ['thresholds', i], placeOf };
    // What is unknown is said alone: it also matches nothing.
    for (const problemsOf of [unknownNames, matchesNothing]) {
      const problems = problemsOf(at, file);
      if (problems.length > 0) return problems;
    }
    return [];
  });
}

/** The text up to the value of a selector. */
function valueOf(selector: SelectorName): RegExp {
  return new RegExp(`[{,]\\s*${selector}\\s*:\\s*`, 'u');
}

function unknownNames({ threshold, path, placeOf }: ThresholdAt, file: ScenarioFile): Problem[] {
  const { step, metric, phase, target, tag, fault } = threshold;
  const phases = file.load.flatMap((one) => [one.phase, ...stairsIn(one).map(({ name }) => name)]);
  const targets = Object.keys(file.targets);
  const faults = file.faults.map(({ name }) => name);
  const known = (kind: string, name: string | undefined, names: readonly string[], part: Part) =>
    name === undefined || name === '' ? [] : unknownName(kind, name, names, path, part);
  return [
    ...(metric === TARGET_METRIC
      ? known('target', step, targets, placeOf('subject'))
      : known('step', step === EVERY_STEP ? '' : step, stepNames(file), placeOf('subject'))),
    ...known('phase', phase, phases, placeOf('phase')),
    ...known('target', target, targets, placeOf('target')),
    ...known('tag', tag?.name, tagNames(file), placeOf('tag')),
    ...known('fault', fault, faults, placeOf('fault')),
  ];
}

function stepNames(file: ScenarioFile): readonly string[] {
  return allEntriesIn(file).flatMap(({ entry, path }) =>
    path[0] === 'flows' ? (entry.step ?? []) : [],
  );
}

function matchesNothing(at: ThresholdAt, file: ScenarioFile): Problem[] {
  const { threshold, path, placeOf } = at;
  const { step, metric, phase, fault, healthy, overNs } = threshold;
  const problem = (part: Part, what: string, hint: string): Problem[] => [
    { path, part, message: `${what}: the threshold would match nothing`, hint },
  ];
  if (step !== '' && metric !== TARGET_METRIC) {
    const unfit = noStep(at, file);
    if (unfit) return problem(unfit.part, unfit.what, unfit.hint);
    const lack = policyLack(file, threshold);
    if (lack) return [{ path, part: placeOf('subject'), ...lack }];
  }
  const measured = measuredPhases(file, phase);
  if (phase !== '' && measured.length === 0) {
    return problem(
      placeOf('phase'),
      `phase "${phase}" is not measured`,
      'Name a measured phase, or remove measure: false from this one.',
    );
  }
  const { during } = file.faults.find(({ name }) => name === fault) ?? {};
  if (during && !measured.includes(inFile(during.phase))) {
    const where = phase === '' ? 'no measured phase' : `phase "${phase}"`;
    const what = `fault "${fault}" acts in phase "${during.phase}", and the threshold is of ${where}`;
    return problem(placeOf('fault'), what, 'Name a fault that acts while it is measured.');
  }
  if (healthy && file.faults.some(({ name }) => name === 'none')) {
    const message = 'fault: none is the healthy time, and there is a fault of this name';
    return [{ path, part: placeOf('fault'), message, hint: 'Give the fault another name.' }];
  }
  const longest = longestOf(measured, phase, file);
  if (overNs === undefined || longest === undefined || overNs <= longest) return [];
  const what = `no measured phase lasts ${formatDuration(overNs)}`;
  const hint = `Write over ${Math.floor(longest / 1e9)}s at most, or let the phase last longer.`;
  return problem(placeOf('over'), what, hint);
}

/** Returns why no step is meant, which the selectors or the phase leave none. */
function noStep({ threshold, placeOf }: ThresholdAt, file: ScenarioFile) {
  const { step, phase, target, tag } = threshold;
  const named = stepsMeant({ step }, file);
  const ofTarget = named.filter((entry) => target === undefined || entry.target === target);
  const who = step === EVERY_STEP ? 'no step' : `step "${step}"`;
  const [calls, has] = step === EVERY_STEP ? ['calls', 'has'] : ['does not call', 'does not have'];
  if (ofTarget.length === 0 && target !== undefined) {
    const what = `${who} ${calls} target "${target}"`;
    return { part: placeOf('target'), what, hint: targetHint(named) };
  }
  const meant = tag ? ofTarget.filter((entry) => hasTag(entry, tag)) : ofTarget;
  if (meant.length === 0 && tag) {
    const text = tag.value === undefined ? tag.name : `${tag.name}=${tag.value}`;
    const values = ofTarget.flatMap(({ tags = {} }) => tags[tag.name] ?? []);
    const hint =
      values.length === 0
        ? 'Give a step the tag, or name another.'
        : `Its values there: ${[...new Set(values)].join(', ')}.`;
    return { part: placeOf('tag'), what: `${who} ${has} the tag ${text}`, hint };
  }
  if (meant.some((entry) => runsIn(file, entry.step ?? '', phase))) return undefined;
  const where = phase === '' ? 'any measured phase' : `phase "${phase}"`;
  const hint = "Name a step of the phase's flow.";
  const what =
    step === EVERY_STEP ? `none of its steps runs in ${where}` : `${who} does not run in ${where}`;
  return { part: placeOf('subject'), what, hint };
}

function targetHint(entries: readonly EntryFile[]): string {
  const targets = [...new Set(entries.flatMap(({ target }) => target ?? []))];
  return `Name a target that is called: ${targets.join(', ')}.`;
}

/** Returns what is wrong with a condition on what the policy of a step did, which has none. */
export function policyLack(
  file: ScenarioFile,
  threshold: Pick<ThresholdSpec, 'step' | 'target' | 'tag' | 'metric'>,
): Pick<Problem, 'message' | 'hint'> | undefined {
  const { step, metric } = threshold;
  if (!POLICY_METRICS.includes(metric)) return undefined;
  const meant = new Set(stepsMeant(threshold, file).map((entry) => entry.step));
  const has = allEntriesIn(file).some(
    (at) => at.entry.step !== undefined && meant.has(at.entry.step) && policyInUse(at, file),
  );
  if (has) return undefined;
  const who =
    step === EVERY_STEP ? 'none of its steps has a policy' : `step "${step}" has no policy`;
  return {
    message: `${who}: ${metric} would match nothing`,
    hint: 'Give the step or its target a policy, or remove the condition.',
  };
}

/** Returns whether a step is part of the flow of a phase; of any measured phase for ''. */
export function runsIn(file: ScenarioFile, step: string, phase: string): boolean {
  return file.load.some((one) => {
    if (phase === '' ? !one.measure : one.phase !== inFile(phase)) return false;
    // A phase whose flow is not known has a problem of its own.
    if (one.flow === undefined && Object.keys(file.flows).length > 1) return true;
    if (one.flow !== undefined && !Object.hasOwn(file.flows, one.flow)) return true;
    return entriesOfPhase(one, file).some(({ entry }) => entry.step === step);
  });
}

/** Returns the names in the file of the measured phases that are meant; of all for ''. */
function measuredPhases(file: ScenarioFile, phase: string): readonly string[] {
  const measured = file.load.filter((one) => one.measure).map((one) => one.phase);
  return phase === '' ? measured : measured.filter((name) => name === inFile(phase));
}

/** Returns how long the longest lasts; undefined where one ends only when its run does. */
function longestOf(names: readonly string[], phase: string, file: ScenarioFile) {
  const durations = phaseDurations(file);
  const all = file.load
    .filter((one) => names.includes(one.phase))
    .map((one) => {
      const stairs = stairsIn(one);
      const own = stairs.find(({ name }) => name === phase) ?? stairs[0];
      return own?.durationNs ?? durations.get(one.phase);
    });
  return all.includes(undefined) ? undefined : Math.max(0, ...all.map((ns) => ns ?? 0));
}

/** A step of a staircase has the name of its phase in the file before the @. */
function inFile(phase: string): string {
  return phase.split('@', 1)[0] ?? phase;
}
