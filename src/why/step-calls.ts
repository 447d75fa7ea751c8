import { NO_PARENT, peerOf, roleOf, type SpanForest } from '../spans/index.ts';
import type { Ns } from '../core/index.ts';
import type { WhyTarget } from './why.ts';

/** A call of a target among the spans of a table. */
export interface StepCall {
  readonly trace: number;
  /** Its attempts in the order of their starts; one without a policy. */
  readonly roots: readonly number[];
  /** On the clock of the target. */
  readonly tookNs: Ns;
  readonly outcome: string;
  /** Before its first span: the generator's own delay, and waiting for a connection. */
  readonly lagNs: Ns;
  readonly waitNs: Ns;
  readonly isBad: boolean;
}

const OWN = 'callgauge';

/** Returns the calls of a target, in the order of the table. */
export function stepCalls(
  forest: SpanForest,
  target: WhyTarget,
  startedEpochNs: bigint,
): readonly StepCall[] {
  const calls = target.edge === undefined ? ownCalls(forest, target) : edgeCalls(forest, target);
  const { ranges } = target;
  if (ranges === undefined) return calls;
  const sinceStartNs = Number(forest.table.originEpochNs - startedEpochNs);
  return calls.filter(({ roots: [first = 0] }) => {
    const beganNs = (forest.table.startsNs[first] ?? 0) + sinceStartNs;
    return ranges.some(({ fromNs, toNs }) => beganNs >= fromNs && beganNs < toNs);
  });
}

function ownCalls(forest: SpanForest, target: WhyTarget): readonly StepCall[] {
  const { table, attribute } = forest;
  const { names, services, operations, parents, traceStarts } = table;
  const calls: StepCall[] = [];
  for (let trace = 0; trace < table.traceCount; trace++) {
    const attempts: number[][] = [];
    for (let i = traceStarts[trace] ?? 0; i < (traceStarts[trace + 1] ?? 0); i++) {
      if (parents[i] !== NO_PARENT || names[services[i] ?? 0] !== OWN) continue;
      if (names[operations[i] ?? 0] !== target.step) continue;
      if (!target.phases.includes(attribute(i, 'callgauge.phase') ?? '')) continue;
      const number = Number(attribute(i, 'callgauge.attempt') ?? 0);
      // Attempts of one call come one after another, the first of them as number 1.
      if (number > 1 && target.clock === 'response') attempts.at(-1)?.push(i);
      else attempts.push([i]);
    }
    for (const roots of attempts) calls.push(ownCall(forest, { trace, roots, target }));
  }
  return calls;
}

interface OwnParts {
  readonly trace: number;
  readonly roots: readonly number[];
  readonly target: WhyTarget;
}

function ownCall(forest: SpanForest, { trace, roots, target }: OwnParts): StepCall {
  const [first = 0] = roots;
  const { attribute } = forest;
  const number = (span: number, key: string): number => Number(attribute(span, key) ?? 0);
  if (target.clock === 'service') {
    const tookNs = forest.table.durationsNs[first] ?? 0;
    const outcome = attribute(first, 'callgauge.outcome') ?? '';
    return { trace, roots, tookNs, outcome, ...NO_WAIT, isBad: isBad(target, tookNs, outcome) };
  }
  const outcome =
    attribute(first, 'callgauge.call.outcome') ?? attribute(first, 'callgauge.outcome') ?? '';
  const times = (of: readonly number[]): readonly Ns[] =>
    of.map((span) => number(span, 'callgauge.response_ns'));
  // The first answer is the call's; where none came, it lasted as long as its last attempt.
  const answered = roots.filter((span) => attribute(span, 'callgauge.outcome') === 'ok');
  const tookNs =
    outcome === 'ok' && answered.length > 0
      ? Math.min(...times(answered))
      : Math.max(...times(roots));
  return {
    trace,
    roots,
    tookNs,
    outcome,
    lagNs: number(first, 'callgauge.lag_ns'),
    waitNs: number(first, 'callgauge.wait_ns'),
    isBad: isBad(target, tookNs, outcome),
  };
}

const NO_WAIT = { lagNs: 0, waitNs: 0 };

function edgeCalls(forest: SpanForest, target: WhyTarget): readonly StepCall[] {
  const { caller, callee, operation } = target.edge ?? { caller: '', callee: '', operation: '' };
  const { table } = forest;
  const { names, services, operations, traceStarts, durationsNs, statuses } = table;
  const calls: StepCall[] = [];
  for (let trace = 0; trace < table.traceCount; trace++) {
    for (let i = traceStarts[trace] ?? 0; i < (traceStarts[trace + 1] ?? 0); i++) {
      if (names[services[i] ?? 0] !== caller || roleOf(forest, i) !== 'client') continue;
      if (operation !== '' && names[operations[i] ?? 0] !== operation) continue;
      if (peerOf(forest, i).name !== callee) continue;
      const tookNs = durationsNs[i] ?? 0;
      const outcome = statuses[i] === ERROR ? 'failed' : 'ok';
      const ends = { tookNs, outcome, isBad: isBad(target, tookNs, outcome) };
      calls.push({ trace, roots: [i], ...NO_WAIT, ...ends });
    }
  }
  return calls;
}

/** A position in `SPAN_STATUSES`. */
const ERROR = 2;

/** Of calls that failed, how long failing took is another question than how long answers take. */
const TIMED: readonly string[] = ['ok', 'check', 'timeout', 'cancelled'];

function isBad({ bad, edge }: WhyTarget, tookNs: Ns, outcome: string): boolean {
  if (bad.kind === 'failed') return bad.outcomes.some((one) => one === outcome);
  return tookNs > bad.limitNs && (edge !== undefined || TIMED.includes(outcome));
}
