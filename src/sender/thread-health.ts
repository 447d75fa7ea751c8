import { readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { type Clock, type Ns, NS_PER_MS, NS_PER_US } from '../core/index.ts';
import { LogLinearHistogram, takenFrom } from '../record/index.ts';
import type { ThreadSecond } from './thread-second.ts';

/** What a thread knows of itself without its loop. */
export type ThreadFacts = Omit<ThreadSecond, 'loopBusyNs'>;

/**
 * Watches the thread that made it: how long it ran, how long it was kept from running, and how long
 * garbage collections held it up.
 */
export class ThreadHealth {
  readonly #clock: Clock;
  readonly #pauses = new LogLinearHistogram();
  readonly #observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) this.#paused(Math.round(duration * NS_PER_MS));
  });
  #pausedNs: Ns = 0;
  #before: Totals;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#before = totals(clock);
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Forgets what was until now: the clock has been set. */
  begin(): void {
    this.take();
  }

  /** Returns what happened since the last time, and begins anew. */
  take(): ThreadFacts {
    const now = totals(this.#clock);
    const { atNs, cpuNs, runDelayNs } = this.#before;
    const gcPauseNs = this.#pausedNs;
    this.#before = now;
    this.#pausedNs = 0;
    return {
      watchedNs: Math.max(0, now.atNs - atNs),
      cpuNs: now.cpuNs - cpuNs,
      runDelayNs: now.runDelayNs - runDelayNs,
      gcPauseNs,
      gcPauses: takenFrom(this.#pauses),
    };
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #paused(pauseNs: Ns): void {
    this.#pausedNs += pauseNs;
    this.#pauses.record(pauseNs);
  }
}

interface Totals {
  readonly atNs: Ns;
  readonly cpuNs: Ns;
  readonly runDelayNs: Ns;
}

function totals(clock: Clock): Totals {
  const { user, system } = process.threadCpuUsage();
  return { atNs: clock.nowNs(), cpuNs: (user + system) * NS_PER_US, runDelayNs: queuedNs() };
}

/**
 * `time on a core, time in the run queue, slices`, the first two in ns. Linux only; 0 elsewhere.
 */
function queuedNs(): Ns {
  try {
    const [, delay] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return Number(delay ?? 0);
  } catch {
    return 0;
  }
}
