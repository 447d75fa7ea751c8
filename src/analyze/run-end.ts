import {
  NS_PER_SEC,
  nsFromMs,
  type FaultWindow,
  type Ns,
  type RunPhase,
  type RunRecord,
} from '../core/index.ts';

/** Of a run that has no end written its process died, and the last second speaks for it. */
export function endOfRunNs(run: RunRecord, seconds: readonly { readonly second: number }[]): Ns {
  if (run.endedEpochMs > 0) return Math.round(nsFromMs(run.endedEpochMs - run.startedEpochMs));
  return seconds.reduce((last, s) => Math.max(last, s.second + 1), 0) * NS_PER_SEC;
}

/** A fault that was active when the run ended, or was ended with it, lasted as long as the run. */
export function endingWith(window: FaultWindow, endNs: Ns): FaultWindow {
  return { ...window, toNs: Math.max(window.fromNs, Math.min(window.toNs, endNs)) };
}

/** Returns how much of a phase took place before the end of its run; Infinity for a whole one. */
export function ranNsOf({ fromNs, toNs }: RunPhase, endNs: Ns): Ns {
  return Math.max(0, Math.min(toNs, endNs) - fromNs);
}
