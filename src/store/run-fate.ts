import { hostname } from 'node:os';
import {
  isRunning,
  msFromNs,
  processOfRun,
  type Ms,
  type ProcessIdentity,
  type RunRecord,
} from '../core/index.ts';

/** So long after its planned end a run whose process cannot be looked up is taken for dead. */
const OVERDUE_MS: Ms = 3_600_000;

/**
 * Returns the run as it is: one that is stored as running, and whose process is gone, has no end:
 * it was killed, or neither the store nor the disk took its end.
 * A run of another machine, or of before its process was stored, is judged by its planned end.
 */
export function withFate(
  run: RunRecord,
  nowEpochMs: Ms,
  isAlive: (process: ProcessIdentity) => boolean = isRunning,
): RunRecord {
  if (run.status !== 'running') return run;
  const process = processOfRun(run);
  const isKnown = process !== undefined && run.environment['host'] === hostname();
  const isGone = isKnown ? !isAlive(process) : nowEpochMs > plannedEndMs(run) + OVERDUE_MS;
  return isGone ? { ...run, status: 'unfinished' } : run;
}

function plannedEndMs({ startedEpochMs, phases }: RunRecord): Ms {
  return startedEpochMs + msFromNs(Math.max(0, ...phases.map(({ toNs }) => toNs)));
}
