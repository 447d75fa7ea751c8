import {
  epochMsFromNs,
  epochNsFromMs,
  HarnessError,
  isLasting,
  NS_PER_SEC,
  runNotFound,
  type FaultWindow,
  type Ns,
  type RunRecord,
  type TimeRange,
} from '../core/index.ts';
import { findWindow } from '../incident/index.ts';
import type { ComparedTraces } from '../report/index.ts';
import type { SelectedSpans, SpanSelection } from '../spans/index.ts';
import type { SpanReader } from '../store/open-spans.ts';
import type { Comparison, EpochRange } from './incident-times.ts';

/** Of more traces on a side an even sample is read: some million spans are what memory holds. */
const TRACES_MAX = 50_000;

/** Two sides to compare. */
export interface ComparedSides {
  readonly baseline: ComparedTraces;
  readonly window: ComparedTraces;
  /** How they were chosen, where nobody named them. */
  readonly why?: string;
  /** Where the window lies, for messages, where nobody named it. */
  readonly whereFound?: string;
}

interface SideOptions {
  readonly seed: number;
  readonly serviceName?: string;
}

/**
 * Returns the times to compare; undefined where a window was to be found and none stands out.
 * @throws RUN_NOT_FOUND, TRACE_NOT_FOUND; USAGE_INVALID for a run without such a fault
 */
export async function comparedSides(
  comparison: Comparison,
  reader: SpanReader,
  options: SideOptions,
): Promise<ComparedSides | undefined> {
  switch (comparison.kind) {
    case 'times':
      return comparison;
    case 'runs':
      return {
        baseline: timeOf(await runOf(reader, comparison.baseline)),
        window: timeOf(await runOf(reader, comparison.window)),
      };
    case 'fault':
      return faultSides(reader, comparison);
    case 'within':
      return foundSides(reader, comparison.time, options);
    case 'since':
      return foundSides(reader, await timeBefore(reader, comparison.sinceNs, options), options);
  }
}

/**
 * Reads the traces of one side; `where` says in messages which: `in the window`.
 * @throws TRACE_NOT_FOUND where there are none
 */
export async function readTraces(
  { windows }: SpanReader,
  selection: SpanSelection,
  where: string,
): Promise<SelectedSpans> {
  const selected = await windows.spansIn(selection, TRACES_MAX);
  if (selected.table.traceCount > 0) return selected;
  throw noTraces(where, selection.serviceName);
}

function noTraces(where: string, serviceName: string | undefined): HarnessError {
  const through = serviceName === undefined ? '' : ` through ${serviceName}`;
  return new HarnessError('TRACE_NOT_FOUND', `no trace${through} begins ${where}`, {
    hint: 'callgauge traces lists what there is and when it began; look at the zone of the times.',
  });
}

async function runOf({ source }: SpanReader, runId: string): Promise<RunRecord> {
  const run = await source.run(runId);
  if (run === undefined) throw runNotFound(runId);
  return run;
}

/** The measured time of a run, from its first such phase to its last: no warm-up. */
function timeOf(run: RunRecord): ComparedTraces {
  const measured = run.phases.filter((phase) => phase.measured);
  const fromNs = Math.min(...measured.map((phase) => phase.fromNs));
  const toNs = Math.max(...measured.map((phase) => phase.toNs));
  return measured.length === 0 ? partOf(run, 0, 0) : partOf(run, fromNs, toNs);
}

function partOf({ runId, startedEpochMs }: RunRecord, fromNs: Ns, toNs: Ns): ComparedTraces {
  const startNs = epochNsFromMs(startedEpochMs);
  return {
    runId,
    fromEpochNs: startNs + BigInt(Math.round(fromNs)),
    toEpochNs: startNs + BigInt(Math.round(toNs)),
  };
}

async function faultSides(
  reader: SpanReader,
  { runId, fault }: Extract<Comparison, { kind: 'fault' }>,
): Promise<ComparedSides> {
  const run = await runOf(reader, runId);
  const windows = await reader.source.faultWindows(run.runId);
  const chosen = windows
    .filter((one) => (fault === undefined ? !isLasting(one) : one.fault === fault))
    .toSorted((a, b) => a.fromNs - b.fromNs)[0];
  if (chosen === undefined) {
    const names = [...new Set(windows.map((one) => one.fault))].join(', ');
    const wanted = fault === undefined ? 'that began and ended in it' : `'${fault}'`;
    throw new HarnessError('USAGE_INVALID', `run ${run.runId} has no fault ${wanted}`, {
      hint: names === '' ? 'Compare two runs: --runs A B.' : `It has: ${names}.`,
    });
  }
  const healthy = longestHealthy(run, windows);
  if (healthy === undefined) {
    throw new HarnessError('USAGE_INVALID', `run ${run.runId} has no healthy time`, {
      hint: 'Compare it with another run: --runs A B.',
    });
  }
  return {
    baseline: partOf(run, healthy.fromNs, healthy.toNs),
    window: partOf(run, chosen.fromNs, chosen.toNs),
    why: `the window is that of the fault ${chosen.fault} (${chosen.effect} at ${chosen.place}); the baseline is the longest healthy time of the run`,
  };
}

/** What is left of a fault as long behind it: backlogs drain, retries are under way. */
const GUARD_NS = NS_PER_SEC;

/** Returns the longest time of a measured phase that lies outside all faults and their guards. */
function longestHealthy(
  { phases }: RunRecord,
  windows: readonly FaultWindow[],
): TimeRange | undefined {
  let ranges: readonly TimeRange[] = phases.filter((phase) => phase.measured);
  for (const window of windows.filter((one) => !isLasting(one))) {
    const [fromNs, toNs] = [window.fromNs - GUARD_NS, window.toNs + GUARD_NS];
    ranges = ranges.flatMap((range) => [
      { fromNs: range.fromNs, toNs: Math.min(range.toNs, fromNs) },
      { fromNs: Math.max(range.fromNs, toNs), toNs: range.toNs },
    ]);
  }
  return ranges
    .filter((range) => range.toNs > range.fromNs)
    .toSorted((a, b) => b.toNs - b.fromNs - (a.toNs - a.fromNs))[0];
}

async function timeBefore(
  { finder }: SpanReader,
  sinceNs: bigint,
  { serviceName }: SideOptions,
): Promise<EpochRange> {
  const through = serviceName === undefined ? {} : { serviceName };
  const [newest] = await finder.find({ attributes: [], order: 'newest', limit: 1, ...through });
  if (newest === undefined) throw noTraces('in the store', serviceName);
  const toEpochNs = newest.startEpochNs + 1n;
  return { fromEpochNs: toEpochNs - sinceNs, toEpochNs };
}

async function foundSides(
  reader: SpanReader,
  time: EpochRange,
  { seed, serviceName }: SideOptions,
): Promise<ComparedSides | undefined> {
  const through = serviceName === undefined ? {} : { serviceName };
  const { table } = await readTraces(reader, { ...time, ...through }, 'in the time');
  const found = findWindow(table, time, seed);
  if (found === undefined) return undefined;
  const { fromEpochNs, toEpochNs, p } = found;
  return {
    baseline: { fromEpochNs: time.fromEpochNs, toEpochNs: fromEpochNs },
    window: { fromEpochNs, toEpochNs },
    whereFound: `from ${isoText(fromEpochNs)} to ${isoText(toEpochNs)}, the part of the time that stands out most: requests stopped, or their spans are not stored`,
    why: `the window is the part of the time that stands out most (p ${p.toFixed(3)}); the baseline is what was before it`,
  };
}

function isoText(epochNs: bigint): string {
  return new Date(epochMsFromNs(epochNs)).toISOString();
}
