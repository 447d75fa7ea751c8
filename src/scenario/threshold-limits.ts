import { parseDuration, parsePercent, parseRate } from '../core/index.ts';
import type { ThresholdAggregate } from './threshold-aggregates.ts';
import { METRICS } from './threshold-metrics.ts';
import type { Scanner } from './threshold-scanner.ts';
import type { BaselineLimit, ThresholdSpec } from './threshold-spec.ts';

/** How the limit of an aggregate is written. */
interface LimitForm {
  readonly wanted: string;
  readonly hint: string;
  /** An amount, for hints. */
  readonly example: string;
  readonly unit: 'ns' | 'ratio' | 'perSec' | 'number';
  /** Returns the limit in ns, a ratio, events per second or a number; undefined for other texts. */
  readonly parse: (text: string) => number | undefined;
}

/** What a limit is of. */
type Limited = Pick<
  ThresholdSpec,
  'metric' | 'edge' | 'aggregate' | 'operator' | 'fault' | 'of' | 'overNs'
>;

const DURATION: LimitForm = {
  wanted: 'a duration with its unit',
  hint: 'Write a time with its unit (ns, us, ms, s, m, h), such as 300ms or 1.5s.',
  example: '2ms',
  unit: 'ns',
  parse: parseDuration,
};

const SHARE: LimitForm = {
  wanted: 'a percentage from 0% to 100%',
  hint: 'Write a rate with its %, such as 0.1%.',
  example: '0.1%',
  unit: 'ratio',
  parse: parsePercent,
};

const COUNT: LimitForm = {
  wanted: 'a whole number',
  hint: 'Write a count without a unit, such as 0.',
  example: '10',
  unit: 'number',
  parse: (text) => (/^\d{1,15}$/u.test(text) ? Number(text) : undefined),
};

const PER_SECOND: LimitForm = {
  wanted: 'a rate with its unit',
  hint: 'Write events per second, minute or hour, such as 900/s.',
  example: '10/s',
  unit: 'perSec',
  parse: parseRate,
};

/** Attempts per call. */
const AMPLIFICATION: LimitForm = {
  wanted: 'a number of attempts per call',
  hint: 'Write attempts per call, such as amplification rate <= 1.2.',
  example: '0.1',
  unit: 'number',
  parse: (text) => (/^\d{1,6}(?:\.\d{1,9})?$/u.test(text) ? Number(text) : undefined),
};

/** Returns how the limit of a metric is written. */
export function limitFormOf({
  metric,
  aggregate,
}: Pick<Limited, 'metric' | 'aggregate'>): LimitForm {
  if (metric === 'amplification') return AMPLIFICATION;
  if (aggregate.kind === 'count') return COUNT;
  if (aggregate.kind !== 'rate') return DURATION;
  return metric === 'calls' || metric === 'arrivals' ? PER_SECOND : SHARE;
}

/** Reads the limit, to the end of the text. */
export function readLimit(scanner: Scanner, limited: Limited): number | BaselineLimit {
  const { parse, wanted, hint } = limitFormOf(limited);
  const from = scanner.skipSpace();
  if (scanner.is(/baseline\b/uy)) return readRelative(scanner, limited);
  const text = scanner.take(/.*/suy).trim();
  const limit = parse(text);
  if (limit !== undefined) return limit;
  const isTurned = /\bbaseline\b/u.test(text);
  return scanner.fail(
    from,
    `limit must be ${wanted}, got "${text}"`,
    isTurned ? 'Write the baseline first: baseline * 1.05 + 2ms.' : hint,
  );
}

/** `baseline`, `baseline * 1.05`, `baseline + 2ms`, `baseline * 1.05 + 2ms`; also with a minus. */
function readRelative(scanner: Scanner, limited: Limited): BaselineLimit {
  const from = scanner.at;
  const lack = lackOfBaseline(limited);
  if (lack) scanner.fail(from, lack.message, lack.hint);
  scanner.skip('baseline');
  scanner.skipSpace();
  const factor = scanner.skip('*') ? readFactor(scanner) : 1;
  scanner.skipSpace();
  const sign = scanner.take(/[+-]/uy);
  const offset = sign === '' ? 0 : readOffset(scanner, limited);
  const restFrom = scanner.skipSpace();
  const rest = scanner.take(/.*/suy).trim();
  if (rest !== '') {
    const { example } = limitFormOf(limited);
    const message = `"*", "+" or "-" must stand behind the baseline, got "${rest}"`;
    const half = rest.startsWith('/') ? 'Write baseline * 0.5 for half of it.' : '';
    scanner.fail(restFrom, message, half || `Write baseline * 1.05 + ${example}.`);
  }
  return { factor, offset: sign === '-' && offset > 0 ? -offset : offset };
}

function readFactor(scanner: Scanner): number {
  const from = scanner.skipSpace();
  const text = scanner.take(/[^\s+-]*/uy);
  const factor = /^\d{1,4}(?:\.\d{1,9})?$/u.test(text) ? Number(text) : 0;
  if (factor > 0) return factor;
  const message = `the factor must be a number above 0, got ${text === '' ? 'nothing' : `"${text}"`}`;
  return scanner.fail(from, message, 'Write baseline * 1.1 for 10% more than the baseline.');
}

function readOffset(scanner: Scanner, limited: Limited): number {
  const { parse, wanted, example } = limitFormOf(limited);
  const from = scanner.skipSpace();
  const text = scanner.take(/.*/suy).trim();
  const offset = parse(text);
  if (offset !== undefined) return offset;
  const hint = text.endsWith('%')
    ? `Write baseline * 1.1 for 10% more, or baseline + ${example}.`
    : `Write baseline + ${example}.`;
  const got = text === '' ? 'nothing' : `"${text}"`;
  return scanner.fail(from, `what is added must be ${wanted}, got ${got}`, hint);
}

/** Returns why no baseline can say the limit; undefined where one can. */
function lackOfBaseline({ metric, edge, aggregate, operator, fault, of, overNs }: Limited) {
  const kept =
    'It keeps response p(N) and med, and the rate of errors, timeouts, calls, rejected, fallbacks, dropped and arrivals.';
  const lack = (what: string, hint = kept) => ({ message: `a baseline keeps ${what}`, hint });
  if (edge) return lack('no edges between services');
  if (!METRICS[metric].baseline) return lack(`no ${metric}`);
  if (!isKept(aggregate)) return lack(`no ${aggregateName(aggregate)} of ${metric}`);
  if (of === 'attempts') return lack('calls, not their attempts', 'Leave out of: attempts.');
  if (fault !== undefined) {
    return lack('no faults by their names', 'Leave out the fault, or write {fault: none}.');
  }
  if (overNs !== undefined) {
    return lack('blocks of time that are its own', 'Leave out "over", or write a limit.');
  }
  if (operator !== '==' && operator !== '!=') return undefined;
  const message = `two runs are never equal: the operator must be < <= > >=, got ${operator}`;
  return { message, hint: 'Write <= baseline * 1.05.' };
}

function isKept(aggregate: ThresholdAggregate): boolean {
  const { kind } = aggregate;
  if (kind === 'percentile') return aggregate.percent < 100;
  return kind === 'med' || kind === 'rate';
}

function aggregateName(aggregate: ThresholdAggregate): string {
  return aggregate.kind === 'percentile' ? `p(${aggregate.percent})` : aggregate.kind;
}
