import type { TimeoutAdvice } from '../advise/index.ts';
import type { RunAnalysis } from '../analyze/index.ts';
import type { CapacityResult } from '../capacity/index.ts';
import type { AbResult } from '../compare/index.ts';
import type { Verdict } from '../gate/index.ts';
import type { ComparisonReport } from './comparison/comparison-document.ts';
import type { SimulationResult } from './simulation/simulation-result.ts';
import type { WhyOfRun } from '../why/index.ts';

/** Everything that a report of one run shows. */
export interface RunReport {
  readonly analysis: RunAnalysis;
  readonly verdict: Verdict;
  readonly advice: TimeoutAdvice;
  /** Of a capacity search: what it found. The analysis is then of its probes at the capacity. */
  readonly capacity?: CapacityResult;
  /** Of a run that measures two versions of a target: what it says of them. */
  readonly ab?: AbResult;
  /** Where the load ends with the rows of a feeder: how many there are, and whose. */
  readonly rowsEnd?: { readonly rows: number; readonly of: string };
  /** The tags of steps that have some, by the step's name. */
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The statuses that count as ok, for people: `2xx, 3xx`; by the step's name. */
  readonly okStatuses: ReadonlyMap<string, string>;
  /** What the policy of a step is, by the step's name; of those that have one. */
  readonly policies: ReadonlyMap<string, { readonly name: string; readonly text: string }>;
  /** The run held against its baseline; absent without one. */
  readonly comparison?: ComparisonReport;
  /** Why thresholds failed; absent where none did, or the generator was the cause. */
  readonly why?: WhyOfRun;
  /** Of a simulation: nothing was measured, and no run is stored. */
  readonly simulation?: SimulationResult;
  /** Of a run that the store does not have whole: the report is of the run's own memory. */
  readonly notStored?: {
    /** What the store did. */
    readonly reason: string;
    /** The folder in which the results wait for the store; '' where some are lost. */
    readonly spool: string;
  };
  /**
   * Where the run is stored, for people: `.callgauge/ (local ClickHouse)` or a URL without secrets.
   */
  readonly storedAt: string;
  /**
   * Returns what to type for a command of callgauge on the same store: `trace ID`, say, becomes
   * `callgauge trace ID --dir data`.
   */
  readonly commandLine: (command: string) => string;
}
