import type { CounterName, Ns, RunPhase, SparseHistogram } from '../core/index.ts';
import { NS_PER_SEC } from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';

/** What the sending thread went through in about a second. */
export interface ThreadSecond {
  /** The time that the rest is of. */
  readonly watchedNs: Ns;
  /** On a core. */
  readonly cpuNs: Ns;
  /** Awake, in turns of the loop in which an answer was read. */
  readonly loopBusyNs: Ns;
  /** Ready to run, while the host ran something else; 0 where the system does not tell. */
  readonly runDelayNs: Ns;
  readonly gcPauseNs: Ns;
  readonly gcPauses: SparseHistogram;
}

/** Returns the slice with the thread's second in it, as of the phase in which most of it lies. */
export function withThreadSecond(
  slice: RecordSlice,
  thread: ThreadSecond,
  phases: readonly RunPhase[],
): RecordSlice {
  const { second } = slice;
  const phase = phaseOf(second, phases);
  const counted: readonly (readonly [CounterName, number])[] = [
    ['sender_ns', thread.watchedNs],
    ['sender_cpu_ns', thread.cpuNs],
    ['loop_busy_ns', thread.loopBusyNs],
    ['run_delay_ns', thread.runDelayNs],
    ['gc_pause_ns', thread.gcPauseNs],
  ];
  const counters = counted
    .filter(([, value]) => value > 0)
    .map(([counter, value]) => ({ second, phase, step: '', counter, value }));
  const key = { second, phase, step: '', target: '', outcome: 'ok', clock: 'gc' } as const;
  return {
    ...slice,
    counters: [...slice.counters, ...counters],
    histograms:
      thread.gcPauses.count.length === 0
        ? slice.histograms
        : [...slice.histograms, { ...key, ...thread.gcPauses }],
  };
}

/** Draining belongs to the last phase, whose calls it ends. */
function phaseOf(second: number, phases: readonly RunPhase[]): string {
  const middleNs = (second + 0.5) * NS_PER_SEC;
  return (phases.find((phase) => middleNs < phase.toNs) ?? phases.at(-1))?.name ?? '';
}
