import type { RunSource } from '../../analyze/index.ts';
import {
  counted,
  HarnessError,
  NS_PER_MS,
  runNotFound,
  type RunRecord,
  type Span,
} from '../../core/index.ts';
import type { SpanSource, TraceSummary } from '../../spans/index.ts';

/** Fewer digits would fit the traces of a whole day or more. */
const PREFIX_MIN = 4;
const CANDIDATES_SHOWN = 8;
/** Most traces that are counted where a beginning fits more than one. */
const CANDIDATES_MAX = 1_000;

const TRACE_ID = /^[0-9a-f]{32}$/u;
const RUN_ID = /^[0-9a-f]{16}$/u;
const HEX = /^[0-9a-f]+$/u;

/** A trace, and which it is, for people; '' where they named it themselves. */
export interface FoundTrace {
  readonly spans: readonly Span[];
  readonly why: string;
}

/**
 * Returns the trace that the words of a command line ask for: an id or the beginning of one;
 * `latest` or a run's id, the last failed call of the newest or that run, or its slowest where none
 * failed; both also with `slowest` or `failed`.
 * @throws USAGE_INVALID for words that ask for none, a beginning that is too short or fits several;
 *   TRACE_NOT_FOUND, RUN_NOT_FOUND
 */
export async function findTrace(
  source: RunSource & SpanSource,
  wanted: readonly string[],
): Promise<FoundTrace> {
  const [first = '', which] = wanted.map((word) => word.toLowerCase());
  if (which !== undefined && which !== 'slowest' && which !== 'failed') {
    throw unknownWords(`slowest or failed behind the run, got ${which}`);
  }
  if (which !== undefined || first === 'latest') {
    if (first !== 'latest' && !RUN_ID.test(first)) {
      throw unknownWords(`a run before ${which}, 16 hex digits or latest, got ${first}`);
    }
    const run = await source.run(first);
    if (run === undefined) throw runNotFound(first);
    return ofRun(source, run, which);
  }
  if (!HEX.test(first) || first.length > 32) {
    throw unknownWords(`the id of a trace, the beginning of one, or latest, got ${wanted[0]}`);
  }
  // A run's id is the beginning of its traces' ids too.
  const run = RUN_ID.test(first) ? await source.run(first) : undefined;
  return run === undefined ? byId(source, first) : ofRun(source, run, undefined);
}

async function byId(source: SpanSource, id: string): Promise<FoundTrace> {
  if (TRACE_ID.test(id)) {
    const spans = await source.trace(id);
    if (spans.length === 0) throw notFound(`the store holds no trace ${id}`);
    return { spans, why: '' };
  }
  if (id.length < PREFIX_MIN) {
    throw new HarnessError(
      'USAGE_INVALID',
      `the beginning of a trace id must have at least ${PREFIX_MIN} digits, got ${id.length} (${id})`,
      { hint: 'Write more of it; a report names traces in full: callgauge report latest' },
    );
  }
  const candidates = await source.tracesBeginning(id, CANDIDATES_MAX);
  const [only, ...others] = candidates;
  if (only === undefined) throw notFound(`the store holds no trace that begins with ${id}`);
  if (others.length > 0) throw ambiguous(id, candidates);
  return { spans: await source.trace(only.traceId), why: '' };
}

/** Also of a run under way, and of one whose measured phases kept no span. */
async function ofRun(
  source: SpanSource,
  { runId, phases }: RunRecord,
  which: 'slowest' | 'failed' | undefined,
): Promise<FoundTrace> {
  const measured = phases.filter((phase) => phase.measured).map(({ name }) => name);
  if (which !== 'slowest') {
    const failed = await source.lastFailedTrace(runId, measured);
    if (failed !== undefined) {
      const { traceId, serviceName } = failed;
      const what = serviceName === 'callgauge' ? 'failed call' : `failed span of ${serviceName}`;
      return { spans: await source.trace(traceId), why: `the last ${what} of run ${runId}` };
    }
    if (which === 'failed') {
      throw notFound(`run ${runId} has no failed span in the store`, `trace ${runId} slowest`);
    }
  }
  const [slowest] = await source.slowestCalls(runId, measured, 1);
  if (slowest === undefined) throw notFound(`run ${runId} has no measured call in the store`);
  const none = which === undefined ? '; none failed' : '';
  const why = `the slowest stored call of run ${runId}${none}`;
  return { spans: await source.trace(slowest.traceId), why };
}

function ambiguous(prefix: string, candidates: readonly TraceSummary[]): HarnessError {
  const shown = candidates.slice(0, CANDIDATES_SHOWN).map(candidateText);
  const left = candidates.length - shown.length;
  const isBounded = candidates.length === CANDIDATES_MAX;
  const count = isBounded
    ? `${CANDIDATES_MAX} traces or more`
    : counted(candidates.length, 'trace');
  const rest = left > 0 ? [`  … and ${isBounded ? 'others' : counted(left, 'other')}`] : [];
  const runId = candidates[0]?.traceId.slice(0, 16) ?? '';
  return new HarnessError(
    'USAGE_INVALID',
    [`${prefix} is the beginning of ${count}:`, ...shown, ...rest].join('\n'),
    {
      hint: `Write more digits, or: callgauge trace ${runId} failed, callgauge trace ${runId} slowest`,
    },
  );
}

function candidateText(candidate: TraceSummary): string {
  const { traceId, startEpochNs, serviceName, name, spanCount, failedCount } = candidate;
  const when = new Date(Number(startEpochNs / BigInt(NS_PER_MS))).toISOString();
  const spans = counted(spanCount, 'span');
  const failed = failedCount === 0 ? '' : `, ${failedCount} failed`;
  return `  ${traceId}  ${when}  ${spans}${failed}  ${serviceName}  ${name}`;
}

function notFound(message: string, command = 'report latest'): HarnessError {
  const what =
    command === 'report latest' ? 'A report names traces that it holds' : 'See its slowest';
  return new HarnessError('TRACE_NOT_FOUND', message, { hint: `${what}: callgauge ${command}` });
}

function unknownWords(wanted: string): HarnessError {
  return new HarnessError('USAGE_INVALID', `trace needs ${wanted}`, {
    hint: 'Write trace ID, trace latest, or trace RUN slowest or failed, RUN being an id or latest.',
  });
}
