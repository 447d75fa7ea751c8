import { didYouMean, NS_PER_SEC, parseDuration, type Ns } from '../core/index.ts';
import {
  EVENT_AGGREGATES,
  isEventAggregate,
  isTimeAggregate,
  TIME_AGGREGATES,
  type ThresholdAggregate,
} from './threshold-aggregates.ts';
import { limitFormOf, readLimit } from './threshold-limits.ts';
import {
  METRICS,
  POLICY_METRICS,
  RUN_METRICS,
  STEP_METRICS,
  TARGET_METRIC,
} from './threshold-metrics.ts';
import { Misread, Scanner, type ThresholdProblem } from './threshold-scanner.ts';
import {
  readSelection,
  SELECTORS,
  type ReadSelection,
  type Selection,
} from './threshold-selectors.ts';
import {
  EVERY_STEP,
  type EdgeSubject,
  type ThresholdMetric,
  type ThresholdOperator,
  type ThresholdSpec,
} from './threshold-spec.ts';

export type { ThresholdProblem } from './threshold-scanner.ts';
export const OPERATORS: readonly ThresholdOperator[] = ['<', '<=', '>', '>=', '==', '!='];

/**
 * Returns the threshold of a text, or what is wrong with it.
 *
 *     threshold = subject [selectors] aggregate ["over" DURATION] operator limit
 *     subject   = (STEP | "*") "." METRIC | RUN_METRIC | TARGET ".connect-errors"
 *               | SERVICE ("→" | "->") SERVICE ['"' OPERATION '"']
 *     selectors = "{" selector {"," selector} "}"
 *     selector  = "phase" ":" NAME | "target" ":" NAME | "tag" ":" NAME ["=" VALUE]
 *               | "fault" ":" (NAME | "none") | "of" ":" ("calls" | "attempts")
 *     aggregate = TIME_AGGREGATE | "p(" NUMBER ")" | "p" NUMBER | EVENT_AGGREGATE
 *     operator  = "<" | "<=" | ">" | ">=" | "==" | "!="
 *     limit     = AMOUNT | "baseline" ["*" NUMBER] [("+" | "-") AMOUNT]
 *
 * threshold-metrics.ts has the metrics and what may stand behind each, threshold-aggregates.ts the
 * aggregates, threshold-limits.ts how limits are written.
 */
export function parseThreshold(text: string): ThresholdSpec | ThresholdProblem {
  try {
    return readThreshold(new Scanner(text));
  } catch (error) {
    if (error instanceof Misread) return error.problem;
    throw error;
  }
}

function readThreshold(scanner: Scanner): ThresholdSpec {
  const edge = readEdge(scanner);
  const { step, metric } = edge ? { step: '', metric: 'service' as const } : readSubject(scanner);
  const read = readSelection(scanner);
  if (edge) edgeHasNone(scanner, read);
  else selectorsFit(scanner, metric, read);
  const { measures } = METRICS[metric];
  const aggregate =
    measures === 'times' ? readTimeAggregate(scanner) : readEventAggregate(scanner, metric);
  const overNs = readOver(scanner, edge ? 'an edge' : metric, !edge && METRICS[metric].over);
  const operator = readOperator(scanner);
  const condition = {
    step,
    ...(edge && { edge }),
    metric,
    ...meantBy(metric, read.selection),
    aggregate,
    ...(overNs !== undefined && { overNs }),
    operator,
  };
  const limit = readLimit(scanner, condition);
  return { text: scanner.text.trim(), ...condition, limit };
}

/** What is said in two ways is kept in one. */
function meantBy(metric: ThresholdMetric, { of, ...selection }: Selection): Selection {
  const isSaid = of === (metric === 'service' ? 'attempts' : 'calls');
  return { ...selection, ...(of && !isSaid && { of }) };
}

function edgeHasNone(scanner: Scanner, { places }: ReadSelection): void {
  const [first] = places;
  if (!first) return;
  const [key, at] = first;
  const message = `an edge is of the whole healthy time: it names no ${key}`;
  scanner.fail(at, message, 'Leave out the braces.');
}

/** A response time is a call's, a service time an attempt's: the other way there is none. */
function selectorsFit(
  scanner: Scanner,
  metric: ThresholdMetric,
  { places, selection }: ReadSelection,
): void {
  const { selectors } = METRICS[metric];
  for (const [key, at] of places) {
    if (selectors.includes(key)) continue;
    const can = selectors.map((name) => SELECTORS[name]).join(', ');
    scanner.fail(at, `${metric} cannot be told by ${key}`, `Write {${can}}, or leave it out.`);
  }
  const at = places.get('of') ?? 0;
  if (metric === 'response' && selection.of === 'attempts') {
    const message = 'a response time is of a call, from its intended start: an attempt has none';
    scanner.fail(at, message, 'Write STEP.service: the time of an attempt.');
  }
  if (metric === 'service' && selection.of === 'calls') {
    const message = 'a service time is of an attempt: a call with several has none';
    scanner.fail(at, message, 'Write STEP.response: the time of a call.');
  }
}

/** Returns the edge that the threshold begins with; undefined where it begins otherwise. */
function readEdge(scanner: Scanner): EdgeSubject | undefined {
  const from = scanner.skipSpace();
  const caller = scanner.take(/[\w.:/-]*\w(?=\s*(?:→|->))/uy);
  scanner.skipSpace();
  const arrowFrom = scanner.at;
  const arrow = scanner.take(/→|->/uy);
  if (arrow === '') {
    scanner.at = from;
    return undefined;
  }
  const hint = 'Write CALLER -> CALLEE, by the names that the services give themselves.';
  if (caller === '') scanner.fail(arrowFrom, `nothing stands before ${arrow}`, hint);
  const calleeFrom = scanner.skipSpace();
  const callee = scanner.take(/[\w.:/-]+/uy);
  if (callee === '') scanner.fail(calleeFrom, `no service stands behind ${arrow}`, hint);
  const metric = STEP_METRICS.find((name) => callee.endsWith(`.${name}`));
  if (metric) {
    const message = `an edge has one time, that of an attempt as ${caller} saw it; got .${metric}`;
    scanner.fail(calleeFrom + callee.length - metric.length - 1, message, `Leave out .${metric}.`);
  }
  const quoteFrom = scanner.skipSpace();
  if (!scanner.skip('"')) return { caller, callee, operation: '' };
  const operation = scanner.take(/[^"]*/uy);
  if (!scanner.skip('"') || operation.trim() === '') {
    const message = 'an operation is the name of a span, in double quotes';
    scanner.fail(quoteFrom, message, 'Write "POST /api/charges", or leave it out.');
  }
  return { caller, callee, operation };
}

function readSubject(scanner: Scanner): { step: string; metric: ThresholdMetric } {
  const from = scanner.skipSpace();
  const word = scanner.skip(EVERY_STEP) ? EVERY_STEP : scanner.take(/[\w-]*/uy);
  if (!scanner.skip('.')) {
    const metric = RUN_METRICS.find((name) => name === word);
    if (metric) return { step: '', metric };
    const guess = didYouMean(word, RUN_METRICS);
    const hint = `Write STEP.METRIC (${STEP_METRICS.join(', ')}), ${RUN_METRICS.join(', ')}, TARGET.${TARGET_METRIC} or CALLER -> CALLEE.`;
    return scanner.fail(from, `unknown subject "${word}" of a threshold${guess}`, hint);
  }
  const metricFrom = scanner.at;
  const name = scanner.take(/[\w-]*/uy);
  const ofEvery = [...STEP_METRICS, ...POLICY_METRICS];
  const known = word === EVERY_STEP ? ofEvery : [...ofEvery, TARGET_METRIC];
  const metric = known.find((one) => one === name);
  if (metric && word !== '') return { step: word, metric };
  const hint = `A step has ${STEP_METRICS.join(', ')}, with a policy ${POLICY_METRICS.join(', ')}; a target has ${TARGET_METRIC}.`;
  if (word === '') return scanner.fail(from, 'no step stands before the dot', hint);
  const whose = word === EVERY_STEP ? 'of all steps' : `of step "${word}"`;
  const message = `unknown metric "${name}" ${whose}${didYouMean(name, known)}`;
  return scanner.fail(metricFrom, message, hint);
}

function readTimeAggregate(scanner: Scanner): ThresholdAggregate {
  const from = scanner.skipSpace();
  const word = scanner.take(/[A-Za-z]*/uy);
  if (isTimeAggregate(word)) return { kind: word };
  const names = Object.keys(TIME_AGGREGATES).join(', ');
  const hint = isEventAggregate(word)
    ? `Write ${names} or p(99.9); how many calls there were is STEP.calls ${word}.`
    : `Write ${names} or a percentile such as p(99.9).`;
  const isBare = word === 'p' && scanner.is(/\d/uy);
  if (word !== 'p' || (!isBare && !scanner.skip('('))) {
    scanner.fail(from, `a time needs ${names} or p(N), got "${scanner.word(from)}"`, hint);
  }
  const numberFrom = scanner.skipSpace();
  const digits = scanner.take(isBare ? /[^\s<>=!]*/uy : /[^)\s]*/uy);
  const percent = /^-?\d+(?:\.\d+)?$/u.test(digits) ? Number(digits) : NaN;
  if (!(percent > 0 && percent <= 100)) {
    const message = `percentile must be > 0 and <= 100, got ${digits === '' ? 'nothing' : digits}`;
    scanner.fail(numberFrom, message, 'Write a number from 0 to 100, such as p(99.9).');
  }
  if (!/^\d+(?:\.\d{1,6})?$/u.test(digits)) {
    const message = `percentile must have six decimals at most, got ${digits}`;
    scanner.fail(numberFrom, message, 'Write fewer digits, such as p(99.999).');
  }
  if (isBare) return { kind: 'percentile', percent };
  scanner.skipSpace();
  if (!scanner.skip(')')) scanner.fail(scanner.at, 'a percentile must end in ")"', hint);
  return { kind: 'percentile', percent };
}

function readEventAggregate(scanner: Scanner, metric: ThresholdMetric): ThresholdAggregate {
  const from = scanner.skipSpace();
  const word = scanner.take(/[A-Za-z]*/uy);
  if (isEventAggregate(word) && (metric !== 'amplification' || word === 'rate')) {
    return { kind: word };
  }
  if (metric === 'amplification') {
    const message = `amplification needs rate, got "${scanner.word(from)}"`;
    scanner.fail(from, message, 'Write attempts per call, such as amplification rate <= 1.2.');
  }
  const names = Object.keys(EVENT_AGGREGATES).join(' or ');
  const message = `events need ${names}, got "${scanner.word(from)}"`;
  const { example } = limitFormOf({ metric, aggregate: { kind: 'rate' } });
  return scanner.fail(from, message, `Write rate < ${example}, or count against a number.`);
}

/** Reads `over 10s`, which may be absent. */
function readOver(scanner: Scanner, whose: string, isPossible: boolean): Ns | undefined {
  const from = scanner.skipSpace();
  if (scanner.take(/over\b/uy) === '') return undefined;
  if (!isPossible) {
    const message = `${whose} cannot be asked for in every stretch of time`;
    scanner.fail(from, message, 'Leave out "over".');
  }
  const durationFrom = scanner.skipSpace();
  const text = scanner.take(/[^\s<>=!]*/uy);
  const overNs = parseDuration(text);
  if (overNs !== undefined && overNs >= NS_PER_SEC && overNs % NS_PER_SEC === 0) return overNs;
  const got = text === '' ? 'nothing' : `"${text}"`;
  const message = `over must be whole seconds, 1s at least, got ${got}`;
  return scanner.fail(durationFrom, message, 'Write over 10s.');
}

function readOperator(scanner: Scanner): ThresholdOperator {
  const from = scanner.skipSpace();
  const seen = scanner.take(/[<>=!]*/uy);
  const operator = OPERATORS.find((known) => known === seen);
  if (operator) return operator;
  const got = seen === '' ? scanner.word(from) : seen;
  const message = `operator must be one of ${OPERATORS.join(' ')}, got "${got}"`;
  return scanner.fail(from, message, seen === '=' ? 'Write ==.' : 'Put one before the limit.');
}
