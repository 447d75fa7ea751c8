import { didYouMean } from '../core/index.ts';
import type { EdgeSubject, ThresholdOperator, ThresholdSpec } from './scenario.ts';
import {
  EVENT_AGGREGATES,
  isEventAggregate,
  isTimeAggregate,
  limitFormOf,
  TIME_AGGREGATES,
  type ThresholdAggregate,
} from './threshold-aggregates.ts';

/** Why a text is no threshold, and at which of its characters. */
export interface ThresholdProblem {
  readonly character: number;
  readonly message: string;
  readonly hint: string;
}

type Metric = ThresholdSpec['metric'];

const STEP_METRICS = ['response', 'service', 'errors', 'timeouts'] as const;
const RUN_METRICS = ['dropped', 'lag', 'connect-errors'] as const;
/** Of one target in place of a step; `connect-errors` of all of them stands alone. */
const TARGET_METRICS = ['connect-errors'] as const;
export const THRESHOLD_METRICS = [...STEP_METRICS, ...RUN_METRICS] as const;
export const OPERATORS: readonly ThresholdOperator[] = ['<', '<=', '>', '>=', '==', '!='];

/**
 * Returns the threshold of a text, or what is wrong with it.
 *
 *     threshold = subject ["{" "phase" ":" NAME "}"] aggregate operator limit
 *     subject   = STEP "." ("response" | "service" | "errors" | "timeouts") | "dropped" | "lag"
 *               | SERVICE ("→" | "->") SERVICE ['"' OPERATION '"']
 *               | [TARGET "."] "connect-errors"
 *     aggregate = TIME_AGGREGATE | "p(" NUMBER ")" | "p" NUMBER | EVENT_AGGREGATE
 *     operator  = "<" | "<=" | ">" | ">=" | "==" | "!="
 *
 * `response`, `service`, `lag` and edges are times, all others are events;
 * threshold-aggregates.ts has the aggregates of both and how their limits are written.
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
  if (edge) return readEdgeThreshold(scanner, edge);
  const { step, metric } = readSubject(scanner);
  const phase = readPhase(scanner);
  const isTime = metric === 'response' || metric === 'service' || metric === 'lag';
  const aggregate = isTime ? readTimeAggregate(scanner) : readEventAggregate(scanner);
  const operator = readOperator(scanner);
  const limit = readLimit(scanner, aggregate.kind);
  return { text: scanner.text.trim(), step, metric, phase, aggregate, operator, limit };
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

function readEdgeThreshold(scanner: Scanner, edge: EdgeSubject): ThresholdSpec {
  const phaseFrom = scanner.skipSpace();
  if (readPhase(scanner) !== '') {
    const message = 'an edge is of the whole healthy time: it names no phase';
    scanner.fail(phaseFrom, message, 'Leave out {phase: ...}.');
  }
  const aggregate = readTimeAggregate(scanner);
  const operator = readOperator(scanner);
  const limit = readLimit(scanner, aggregate.kind);
  const text = scanner.text.trim();
  return { text, step: '', edge, metric: 'service', phase: '', aggregate, operator, limit };
}

function readSubject(scanner: Scanner): { step: string; metric: Metric } {
  const from = scanner.skipSpace();
  const word = scanner.take(/[\w-]*/uy);
  if (!scanner.skip('.')) {
    const metric = RUN_METRICS.find((name) => name === word);
    if (metric) return { step: '', metric };
    const guess = didYouMean(word, RUN_METRICS);
    const hint =
      'Write STEP.response, STEP.service, STEP.errors, STEP.timeouts, dropped, lag, connect-errors, TARGET.connect-errors or CALLER -> CALLEE.';
    return scanner.fail(from, `unknown subject "${word}" of a threshold${guess}`, hint);
  }
  const metricFrom = scanner.at;
  const name = scanner.take(/[\w-]*/uy);
  const known = [...STEP_METRICS, ...TARGET_METRICS];
  const metric = known.find((one) => one === name);
  if (metric) return { step: word, metric };
  const message = `unknown metric "${name}" of step "${word}"${didYouMean(name, known)}`;
  const hint = `A step has ${STEP_METRICS.join(', ')}; a target has ${TARGET_METRICS.join(', ')}.`;
  return scanner.fail(metricFrom, message, hint);
}

/** Returns the phase of `{phase: NAME}`, '' where there is none. */
function readPhase(scanner: Scanner): string {
  const from = scanner.skipSpace();
  if (!scanner.skip('{')) return '';
  const inside = scanner.take(/[^}]*/uy);
  const match = /^\s*phase\s*:\s*([\w-]+(?:@[\d.e+]+\/s)?)\s*$/u.exec(inside);
  if (!match?.[1] || !scanner.skip('}')) {
    scanner.fail(from, `selector "{${inside}}" must be {phase: NAME}`, 'Write {phase: steady}.');
  }
  return match[1];
}

function readTimeAggregate(scanner: Scanner): ThresholdAggregate {
  const from = scanner.skipSpace();
  const word = scanner.take(/[A-Za-z]*/uy);
  if (isTimeAggregate(word)) return { kind: word };
  const names = Object.keys(TIME_AGGREGATES).join(', ');
  const hint = `Write ${names} or a percentile such as p(99.9).`;
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
  if (isBare) return { kind: 'percentile', percent };
  scanner.skipSpace();
  if (!scanner.skip(')')) scanner.fail(scanner.at, 'a percentile must end in ")"', hint);
  return { kind: 'percentile', percent };
}

function readEventAggregate(scanner: Scanner): ThresholdAggregate {
  const from = scanner.skipSpace();
  const word = scanner.take(/[A-Za-z]*/uy);
  if (isEventAggregate(word)) return { kind: word };
  const names = Object.keys(EVENT_AGGREGATES).join(' or ');
  const message = `events need ${names}, got "${scanner.word(from)}"`;
  return scanner.fail(from, message, 'Write rate against a percentage, or count against a number.');
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

function readLimit(scanner: Scanner, kind: ThresholdAggregate['kind']): number {
  const from = scanner.skipSpace();
  const text = scanner.take(/.*/uy).trim();
  const { parse, wanted, hint } = limitFormOf(kind);
  const limit = parse(text);
  if (limit === undefined) scanner.fail(from, `limit must be ${wanted}, got "${text}"`, hint);
  return limit;
}

/** Ends the reading of a threshold; never leaves this file. */
class Misread extends Error {
  readonly problem: ThresholdProblem;

  constructor(problem: ThresholdProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class Scanner {
  readonly text: string;
  /** The next character to be read. */
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves past white space and returns where that ends. */
  skipSpace(): number {
    this.take(/\s*/uy);
    return this.at;
  }

  /** Moves past the mark if it comes next, and returns whether it did. */
  skip(mark: string): boolean {
    const found = this.text.startsWith(mark, this.at);
    if (found) this.at += mark.length;
    return found;
  }

  /** Returns whether what comes next is of the (sticky) pattern. */
  is(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    return pattern.test(this.text);
  }

  /** Moves past what the (sticky) pattern matches here and returns it. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  /** Returns the text from a position up to the next white space, for a message. */
  word(from: number): string {
    return /^\S*/u.exec(this.text.slice(from))?.[0] ?? '';
  }

  fail(character: number, message: string, hint: string): never {
    throw new Misread({ character, message, hint });
  }
}
