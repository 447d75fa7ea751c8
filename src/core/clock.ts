import { asFloat, NS_PER_MS, type Ms, type Ns } from './units.ts';

/** A timer that was set and can be taken back. Cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time in callgauge. Every instant is in ns since the clock's origin, which for
 * the clocks of a run is the run's start; the wall time of that origin is kept once.
 */
export interface Clock {
  /** Wall time of the origin, ms since the Unix epoch. */
  readonly originEpochMs: Ms;
  /** Returns the time since the origin; negative before it; never goes backwards. */
  nowNs(): Ns;
  /** Calls `fire` once, `delayNs` from now; the machine's own timers may be a little early. */
  after(delayNs: Ns, fire: () => void): Timer;
}

/** Returns the wall time now in ms since the Unix epoch, with fractions, alike in every thread. */
export function epochNowMs(): Ms {
  return performance.timeOrigin + performance.now();
}

/**
 * Returns the machine's monotonic clock, counted from a wall time. Two threads of one process that
 * are given the same origin read the same time: each thread's own `timeOrigin` is taken out.
 */
export function systemClock(originEpochMs: Ms = epochNowMs()): Clock {
  const offsetMs = performance.timeOrigin - originEpochMs;
  return {
    originEpochMs,
    nowNs: () => asFloat(Math.round((performance.now() + offsetMs) * NS_PER_MS)),
    // A timer has whole milliseconds and cuts off the rest, hence the rounding up. It counts from
    // the beginning of the loop's turn all the same, so it may be early by what the turn has taken
    // so far.
    after: (delayNs, fire) => timer(Math.max(0, Math.ceil(delayNs / NS_PER_MS)), fire),
  };
}

/** The longest delay that a timer of the platform holds, 24.8 days; a longer one fires at once. */
const TIMER_MS_MAX: Ms = 2 ** 31 - 1;

/** Returns a timer of any delay: what one cannot hold is waited for in parts. */
function timer(delayMs: Ms, fire: () => void): Timer {
  let leftMs = delayMs;
  let handle: NodeJS.Timeout;
  const wait = (): void => {
    const partMs = Math.min(leftMs, TIMER_MS_MAX);
    leftMs -= partMs;
    handle = setTimeout(leftMs > 0 ? wait : fire, partMs);
  };
  wait();
  return { cancel: () => clearTimeout(handle) };
}

/** Resolves after `delayNs` on the clock. */
export function sleep(clock: Clock, delayNs: Ns): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayNs, resolve);
  });
}
