import { Document, isMap, isSeq, stringify, type Node } from 'yaml';
import { formatCount, formatDuration, type Ms } from '../core/index.ts';
import { STEADY_SECONDS, WARM_UP_SECONDS, type FirstPlan, type FirstStep } from './first-plan.ts';
import { limitText, type TimeLimit } from './limits.ts';
import { MEASURED_SECONDS, type Measurement, type StepFinding } from './measurement.ts';
import { choiceOf, listsOfWays, stepEntry, targetsOf } from './step-entry.ts';

/** A first scenario, as a file holds it. */
export interface ScenarioText {
  readonly text: string;
  /** The names of the steps that it calls; the others stand in it as comments. */
  readonly called: readonly string[];
}

/** Columns that a comment takes at most, its indentation apart. */
const COMMENT_COLUMNS = 88;

/**
 * Returns the scenario file of a plan, with what the first measurement showed as comments. A step
 * that failed in it is a comment, unless all did.
 */
export function scenarioText(plan: FirstPlan, measurement: Measurement): ScenarioText {
  const failed = (step: FirstStep): string | undefined => {
    const finding = measurement.findings.get(step.name);
    return finding?.kind === 'failed' ? finding.seen : undefined;
  };
  const isAnyOk = plan.steps.some((step) => failed(step) === undefined);
  const isCalled = (step: FirstStep): boolean => !isAnyOk || failed(step) === undefined;
  const document = new Document({
    name: plan.name,
    targets: targetsOf(plan),
    flows: { calls: [] },
    load: loadOf(plan),
    thresholds: [],
  });
  document.commentBefore = comment(headLines(plan, measurement));
  setFlow(document, ['targets'], 1);
  setFlow(document, ['load'], 2);
  const called = plan.steps.filter(isCalled);
  document.setIn(['flows', 'calls'], flowNode(document, plan, { isCalled, failed }));
  document.set('thresholds', thresholdsNode(document, called, measurement));
  return {
    text: document.toString({ lineWidth: 0, commentString }),
    called: called.map(({ name }) => name),
  };
}

function headLines(plan: FirstPlan, measurement: Measurement): readonly string[] {
  return [
    `Made by callgauge init from ${plan.from}.`,
    measurement.kind === 'measured'
      ? `The limits are of ${dateText(measurement.startedEpochMs)}, when ${MEASURED_SECONDS} s at ${measurement.ratePerSec}/s were measured from ${measurement.machine}. Elsewhere, in CI say, times are others: measure there, and set them.`
      : `No limits of response times: ${measurement.reason}. Those that stand here as comments are placeholders.`,
    'What each key means: docs/reference/scenario.md of callgauge.',
  ];
}

function loadOf({ ratePerSec }: FirstPlan) {
  const rate = `${ratePerSec}/s`;
  return [
    { phase: 'warm-up', arrivals: { rate }, for: `${WARM_UP_SECONDS}s`, measure: false },
    { phase: 'steady', arrivals: { rate }, for: `${STEADY_SECONDS}s` },
  ];
}

interface Marks {
  readonly isCalled: (step: FirstStep) => boolean;
  readonly failed: (step: FirstStep) => string | undefined;
}

/** One step is the flow; of several each arrival makes one. */
function flowNode(document: Document, plan: FirstPlan, { isCalled, failed }: Marks): Node {
  const isOne = plan.steps.length === 1;
  const items: Node[] = [];
  let leftOut: string[] = [];
  for (const step of plan.steps) {
    const entry = stepEntry(step, plan);
    const item = isOne ? entry : { do: [entry] };
    const seen = failed(step);
    if (!isCalled(step)) {
      const text = stringify([item], { lineWidth: 0 }).trimEnd().split('\n');
      leftOut.push(...wrapped(`${step.origin} is left out: ${seen ?? ''}`), ...text);
      continue;
    }
    const node = document.createNode(item);
    const marks = [step.origin, ...step.remarks, ...(seen === undefined ? [] : [seen])];
    node.commentBefore = comment(marks, leftOut);
    leftOut = [];
    setFlowOfStep(node);
    items.push(node);
  }
  const lists = listsOfWays(items).map((ways) => document.createNode(ways));
  const last = lists.at(-1);
  if (last && leftOut.length > 0) last.comment = comment([], leftOut);
  if (last && isOne) return last;
  const choice = document.createNode(
    choiceOf(lists.map((ways) => ({ ways, count: ways.items.length }))),
  );
  choice.commentBefore = comment([
    'An arrival makes one of these calls; one with weight: 3 beside its do is made three times as often.',
  ]);
  return document.createNode([choice]);
}

function thresholdsNode(
  document: Document,
  steps: readonly FirstStep[],
  measurement: Measurement,
): Node {
  const items: Node[] = [];
  let before: string[] = [];
  for (const { name } of steps) {
    const finding = measurement.kind === 'measured' ? measurement.findings.get(name) : undefined;
    if (finding?.kind !== 'ok') {
      before.push(`- ${name}.response p(99) < 300ms`, `- ${name}.errors rate < 1%`);
      continue;
    }
    const { timeLimit: limit } = finding;
    if (limit === undefined) {
      before.push(
        ...wrapped(`${name}: ${formatCount(finding.calls)} calls bound no percentile; set one`),
        `- ${name}.response p(99) < 300ms`,
      );
    } else {
      const line = `${name}.response p(${limit.percent}) < ${limitText(limit.limitNs)}`;
      items.push(scalar(document, line, comment([limitReason(limit)], before)));
      before = [];
    }
    const errors = `${name}.errors rate < ${Math.round(finding.errorLimit * 100)}%`;
    items.push(scalar(document, errors, comment(errorReason(finding), before)));
    before = [];
  }
  items.push(scalar(document, 'dropped count == 0', comment([], before)));
  return document.createNode(items);
}

function scalar(document: Document, text: string, commentBefore: string): Node {
  const node = document.createNode(text);
  if (commentBefore !== '') node.commentBefore = commentBefore;
  return node;
}

function limitReason({ percent, upperNs, n, interval }: TimeLimit): string {
  const seen =
    interval === undefined
      ? `p${percent} was at most ${formatDuration(upperNs)}`
      : `p${percent} was ${formatDuration(interval.valueNs)}, 95% interval ${formatDuration(interval.lowerNs)} to ${formatDuration(interval.upperNs)}`;
  return `${seen} (n ${formatCount(n)}); the limit is twice the upper end, and 10 ms above it at least`;
}

function errorReason({ calls, errors }: Extract<StepFinding, { kind: 'ok' }>): readonly string[] {
  return errors === 0 ? [] : [`${formatCount(errors)} of ${formatCount(calls)} calls failed`];
}

/** `depth`: of the lists and maps at so many levels below a key, the inner ones are on one line. */
function setFlow(document: Document, path: readonly string[], depth: number): void {
  const visit = (node: unknown, level: number): void => {
    if (!isMap(node) && !isSeq(node)) return;
    if (level >= depth) node.flow = true;
    else for (const item of node.items) visit(isPair(item) ? item.value : item, level + 1);
  };
  visit(document.getIn(path, true), 0);
}

function isPair(item: unknown): item is { readonly value: unknown } {
  return typeof item === 'object' && item !== null && 'key' in item;
}

function setFlowOfStep(node: Node): void {
  const step = isMap(node) && node.has('do') ? node.getIn(['do', 0], true) : node;
  const check = isMap(step) ? step.get('check', true) : undefined;
  if (isMap(check)) check.flow = true;
}

/** Returns lines as one comment: `wrapped` as they fit, behind what is a comment line by line. */
function comment(texts: readonly string[], before: readonly string[] = []): string {
  return [...before, ...texts.flatMap(wrapped)].join('\n');
}

/** What a comment cannot hold becomes a space: it would end it. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.toWellFormed().split(/[\p{Cc}\p{Z}\uFEFF]+/u)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > COMMENT_COLUMNS) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** Every line of a comment, the empty ones too, begins with `# `. */
function commentString(text: string): string {
  return text.replaceAll(/^/gmu, '# ').replaceAll(/ +$/gmu, '');
}

/** In UTC, to the minute. */
function dateText(epochMs: Ms): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
