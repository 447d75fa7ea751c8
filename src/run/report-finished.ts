import { relative } from 'node:path';
import {
  errorText,
  HarnessError,
  NS_PER_SEC,
  systemClock,
  type Clock,
  type Ns,
} from '../core/index.ts';
import type { RunReport } from '../report/index.ts';
import type { Store } from '../store/index.ts';
import type { KeptRun } from './kept-run.ts';
import { onAbort } from './sending.ts';
import { reportOf, type Baseline } from './stored/index.ts';
import { isToBeExplained, withoutWhy } from './stored/why-in-report.ts';
import type { WhyTraces } from './stored/stored-why.ts';

/** A run whose results are in the store, or as near to it as they come. */
export interface FinishedRun {
  readonly runId: string;
  /** The same results, in memory. */
  readonly kept: KeptRun;
  /** Why the sink gave up results; '' where it has acknowledged all. */
  readonly refusal: string;
}

export interface ReportFinishedOptions {
  readonly store: Pick<Store, 'source' | 'description'> & {
    readonly sink: Pick<Store['sink'], 'storage' | 'inStore'>;
  };
  readonly commandLine: RunReport['commandLine'];
  /** What the run is held against; absent for nothing. */
  readonly baseline?: Baseline | undefined;
  /** Reads the traces of the run from the store, where its gate failed. */
  readonly tracesOf: () => Promise<WhyTraces>;
  /** Hears, in a line for people, why the report is not of the store. */
  readonly note: (text: string) => void;
  /** The user has asked for the end: nothing is waited for long. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** With those of the run's own end well below the 20 s in which every run has its report. */
const STORED_WITHIN_NS = 5 * NS_PER_SEC;
const READ_WITHIN_NS = 7 * NS_PER_SEC;
/** Why a gate failed is told where that is known soon. */
const EXPLAINED_WITHIN_NS = 4 * NS_PER_SEC;
/** Once the user has asked for the end. */
const HURRIED_NS = NS_PER_SEC;

/**
 * Returns the report of a run that has just ended: of what the store holds where that is all, and
 * the store says so in time; else of what this process remembers, which is the same.
 */
export async function reportFinished(
  { runId, kept, refusal }: FinishedRun,
  options: ReportFinishedOptions,
): Promise<RunReport> {
  const { store, commandLine, note, signal, baseline } = options;
  const clock = options.clock ?? systemClock();
  await settledWithin(store.sink.inStore(), STORED_WITHIN_NS, { clock, signal });
  const { storage } = store.sink;
  if (storage.kind === 'stored' && refusal === '') {
    const read = reportOf(store, runId, commandLine, baseline);
    const outcome = await settledWithin(read, READ_WITHIN_NS, { clock, signal });
    if (outcome === 'settled') {
      const { source } = store;
      return explained(await read, { tracesOf: options.tracesOf, source }, { clock, signal });
    }
    if (outcome !== 'late' && !(outcome.error instanceof HarnessError)) throw outcome.error;
    const why = outcome === 'late' ? 'it does not answer in time' : errorText(outcome.error);
    note(`the run is stored, but the store does not give it back: ${why}`);
  }
  const source = await kept.source();
  if (source === undefined) return reportOf(store, runId, commandLine, baseline);
  const report = await explained(
    await reportOf({ ...store, source }, runId, commandLine, baseline),
    { tracesOf: () => kept.traces(), source: undefined },
    { clock, signal },
  );
  const missing = kept.leftOut;
  if (missing !== '') note(`no room in memory, and so not in this report: ${missing}`);
  if (storage.kind === 'stored' && refusal === '') return report;
  const notStored =
    storage.kind === 'stored'
      ? { reason: refusal, spool: '' }
      : {
          reason: storage.reason,
          spool: storage.lostRows > 0 ? '' : relative('', storage.spool ?? ''),
        };
  return { ...report, notStored };
}

interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface BaselineSource {
  /** Where the run that it is held against is looked for; undefined for nowhere. */
  readonly source: Store['source'] | undefined;
}

/** Returns a report with why its gate failed, or why that is not told: it stands without it. */
async function explained(
  report: RunReport,
  { tracesOf, source }: Pick<ReportFinishedOptions, 'tracesOf'> & BaselineSource,
  waiting: Waiting,
): Promise<RunReport> {
  if (!isToBeExplained(report)) return report;
  const { reportWithWhy } = await import('./stored/stored-why.ts');
  const telling = reportWithWhy(report, tracesOf, source);
  const outcome = await settledWithin(telling, EXPLAINED_WITHIN_NS, waiting);
  if (outcome === 'settled') return telling;
  const reason =
    outcome === 'late' ? 'the store does not give the traces in time' : errorText(outcome.error);
  return withoutWhy(report, reason);
}

type Settled = 'settled' | 'late' | { readonly error: unknown };

/** Returns whether a promise has settled in time; what it rejects with after that is ignored. */
async function settledWithin(
  promise: Promise<unknown>,
  withinNs: Ns,
  { clock, signal }: Waiting,
): Promise<Settled> {
  const late = Promise.withResolvers<Settled>();
  const end = (): void => late.resolve('late');
  let timer = clock.after(withinNs, end);
  const leaveOff = onAbort(signal, () => {
    timer.cancel();
    timer = clock.after(Math.min(withinNs, HURRIED_NS), end);
  });
  try {
    return await Promise.race([
      promise.then(
        (): Settled => 'settled',
        (error: unknown): Settled => ({ error }),
      ),
      late.promise,
    ]);
  } finally {
    timer.cancel();
    leaveOff();
  }
}
