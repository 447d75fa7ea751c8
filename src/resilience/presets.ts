import { NS_PER_SEC } from '../core/index.ts';
import type { PolicySpec } from './policy.ts';

/** The seconds over which a breaker looks, where its figures say nothing of that. */
const WINDOW_SEC = 10;
/** Of a callee that fails half of its calls, 97% of such probes have a failure among them. */
const PROBES = 5;

/** Policies that need not be written down, by their names. */
export const POLICY_PRESETS: readonly PolicySpec[] = [
  /** Attempts end after 5 s; the breaker opens where half of 20 attempts or more failed. */
  {
    name: 'standard',
    attemptTimeoutNs: 5 * NS_PER_SEC,
    breaker: {
      failureRatio: 0.5,
      volume: 20,
      windowNs: WINDOW_SEC * NS_PER_SEC,
      sleepNs: 60 * NS_PER_SEC,
      probes: PROBES,
    },
  },
  /** 100 calls a minute, and 100 at once, of each user. */
  { name: 'per-user', rateLimit: { ratePerSec: 100 / 60, burst: 100, by: 'user' } },
  /** 10 calls a second, and 10 at once, from each address. */
  { name: 'per-address', rateLimit: { ratePerSec: 10, burst: 10, by: 'address' } },
  /** 1,000 calls an hour, and 1,000 at once, of each step. */
  { name: 'per-step', rateLimit: { ratePerSec: 1_000 / 3_600, burst: 1_000, by: 'step' } },
];
