import { didYouMean, parseDuration, parsePercent } from '../core/index.ts';
import type { ThresholdAggregate, ThresholdOperator, ThresholdSpec } from './scenario.ts';

/** Why a text is no threshold, and at which of its characters. */
export interface ThresholdFault {
  readonly character: number;
  readonly message: string;
  readonly hint: string;
}

type Metric = ThresholdSpec['metric'];

const STEP_METRICS = ['response', 'service', 'errors', 'timeouts'] as const;
const RUN_METRICS = ['dropped', 'lag'] as const;
const TIME_AGGREGATES = ['avg', 'min', 'max', 'med'] as const;
const COUNT_AGGREGATES = ['rate', 'count'] as const;
const OPERATORS: readonly ThresholdOperator[] = ['<', '<=', '>', '>=', '==', '!='];

/**
 * Returns the threshold of a text, or what is wrong with it.
 *
 *     threshold = subject ["{" "phase" ":" NAME "}"] aggregate operator limit
 *     subject   = STEP "." ("response" | "service" | "errors" | "timeouts") | "dropped" | "lag"
 *     aggregate = "avg" | "min" | "max" | "med" | "p(" NUMBER ")" | "rate" | "count"
 *     operator  = "<" | "<=" | ">" | ">=" | "==" | "!="
 *
 * `response`, `service` and `lag` are times: avg to p(N) against a duration. `errors`, `timeouts` and
 * `dropped` are events: `rate` against a percentage, `count` against a whole number.
 */
export function parseThreshold(text: string): ThresholdSpec | ThresholdFault {
  try {
    return readThreshold(new Scanner(text));
  } catch (error) {
    if (error instanceof Misread) return error.fault;
    throw error;
  }
}

function readThreshold(scanner: Scanner): ThresholdSpec {
  const { step, metric } = readSubject(scanner);
  const phase = readPhase(scanner);
  const isTime = metric === 'response' || metric === 'service' || metric === 'lag';
  const aggregate = isTime ? readTimeAggregate(scanner) : readCountAggregate(scanner);
  const operator = readOperator(scanner);
  const limit = readLimit(scanner, aggregate.kind);
  return { text: scanner.text.trim(), step, metric, phase, aggregate, operator, limit };
}

function readSubject(scanner: Scanner): { step: string; metric: Metric } {
  const from = scanner.skipSpace();
  const word = scanner.take(/[\w-]*/uy);
  if (!scanner.skip('.')) {
    const metric = RUN_METRICS.find((name) => name === word);
    if (metric) return { step: '', metric };
    const guess = didYouMean(word, RUN_METRICS);
    const hint = 'Write STEP.response, STEP.service, STEP.errors, STEP.timeouts, dropped or lag.';
    return scanner.fail(from, `unknown subject "${word}" of a threshold${guess}`, hint);
  }
  const metricFrom = scanner.at;
  const name = scanner.take(/[\w-]*/uy);
  const metric = STEP_METRICS.find((known) => known === name);
  if (metric) return { step: word, metric };
  const message = `unknown metric "${name}" of step "${word}"${didYouMean(name, STEP_METRICS)}`;
  return scanner.fail(metricFrom, message, `A step has ${STEP_METRICS.join(', ')}.`);
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
  const kind = TIME_AGGREGATES.find((name) => name === word);
  if (kind) return { kind };
  const hint = 'Write avg, min, max, med or a percentile such as p(99.9).';
  if (word !== 'p' || !scanner.skip('(')) {
    scanner.fail(
      from,
      `a time needs avg, min, max, med or p(N), got "${scanner.word(from)}"`,
      hint,
    );
  }
  const numberFrom = scanner.skipSpace();
  const digits = scanner.take(/[^)\s]*/uy);
  const percent = /^-?\d+(?:\.\d+)?$/u.test(digits) ? Number(digits) : NaN;
  if (!(percent > 0 && percent <= 100)) {
    const message = `percentile must be > 0 and <= 100, got ${digits === '' ? 'nothing' : digits}`;
    scanner.fail(numberFrom, message, 'Write a number from 0 to 100, such as p(99.9).');
  }
  scanner.skipSpace();
  if (!scanner.skip(')')) scanner.fail(scanner.at, 'a percentile must end in ")"', hint);
  return { kind: 'percentile', percent };
}

function readCountAggregate(scanner: Scanner): ThresholdAggregate {
  const from = scanner.skipSpace();
  const word = scanner.take(/[A-Za-z]*/uy);
  const kind = COUNT_AGGREGATES.find((name) => name === word);
  if (kind) return { kind };
  const message = `events need rate or count, got "${scanner.word(from)}"`;
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
  const { limit, wanted, hint } = limitOf(kind, text);
  if (limit === undefined) scanner.fail(from, `limit must be ${wanted}, got "${text}"`, hint);
  return limit;
}

function limitOf(
  kind: ThresholdAggregate['kind'],
  text: string,
): { readonly limit: number | undefined; readonly wanted: string; readonly hint: string } {
  switch (kind) {
    case 'rate':
      return {
        limit: parsePercent(text),
        wanted: 'a percentage from 0% to 100%',
        hint: 'Write a rate with its %, such as 0.1%.',
      };
    case 'count':
      return {
        limit: /^\d{1,15}$/u.test(text) ? Number(text) : undefined,
        wanted: 'a whole number',
        hint: 'Write a count without a unit, such as 0.',
      };
    case 'avg':
    case 'min':
    case 'max':
    case 'med':
    case 'percentile':
    default:
      return {
        limit: parseDuration(text),
        wanted: 'a duration with its unit',
        hint: 'Write a time with its unit, such as 300ms or 1.5s.',
      };
  }
}

/** Ends the reading of a threshold; never leaves this file. */
class Misread extends Error {
  readonly fault: ThresholdFault;

  constructor(fault: ThresholdFault) {
    super(fault.message);
    this.fault = fault;
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

  /** Moves past what the (sticky) pattern matches here and returns it. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  /** Returns what stands at a place up to the next white space, for a message. */
  word(from: number): string {
    return /^\S*/u.exec(this.text.slice(from))?.[0] ?? '';
  }

  fail(character: number, message: string, hint: string): never {
    throw new Misread({ character, message, hint });
  }
}
