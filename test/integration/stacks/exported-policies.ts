import type { RetryOn } from '../../../src/advise/index.ts';
import { longestCallNs } from '../../../src/advise/call-policy.ts';
import { STACKS, type ExportedEdge } from '../../../src/advise/stacks/index.ts';
import { NS_PER_MS, NS_PER_SEC } from '../../../src/core/index.ts';
import { exportedEdge, policyWith } from '../../advise/stacks/sample-exports.ts';
import type { Answer } from './counting-upstream.ts';

/** What an attempt may take that is to be cut off; others are waited for on any machine. */
export const CUT_OFF_MS = 1_500;
export const ENDS_MS = 2_000;

/** An operation of each kind of policy, for attempts that answer and for those that hang. */
export const EDGES = {
  again: edge('again', 'GET', [3, 'transient']),
  connect: edge('connect', 'POST', [2, 'connect']),
  once: edge('once', 'GET', [1, 'nothing']),
  'again-hang': edge('again-hang', 'GET', [3, 'transient']),
  'connect-hang': edge('connect-hang', 'POST', [2, 'connect']),
  'once-hang': edge('once-hang', 'GET', [1, 'nothing']),
  /** Has less time than its attempts would take. */
  'ends-hang': edge('ends-hang', 'GET', [3, 'transient'], ENDS_MS * NS_PER_MS),
} as const satisfies Record<string, ExportedEdge>;

export type Kind = keyof typeof EDGES;

function edge(
  key: string,
  httpMethod: string,
  [attempts, retryOn]: readonly [number, RetryOn],
  totalTimeoutNs?: number,
): ExportedEdge {
  const times = {
    ...policyWith(attempts, retryOn),
    connectTimeoutNs: 5 * NS_PER_SEC,
    attemptTimeoutNs: key.endsWith('-hang') ? CUT_OFF_MS * NS_PER_MS : 20 * NS_PER_SEC,
  };
  const policy = { ...times, totalTimeoutNs: totalTimeoutNs ?? longestCallNs(times) };
  // What protects is tried by itself (protected-edges.ts): here attempts are counted.
  const protection = { bulkhead: { concurrent: 1_000, whenHung: 1_000 } };
  return exportedEdge(policy, { key, callee: 'stock', path: `/${key}`, httpMethod, protection });
}

/** Returns the file that `tune --export` would write. */
export function exported(name: string, edges: readonly ExportedEdge[]): string {
  const stack = STACKS.find((one) => one.name === name);
  if (stack === undefined) throw new Error(`no stack ${name}`);
  return stack.write({ edges, about: ['Of a test.'] });
}

/** What an upstream does, and how many attempts the policy makes of a call then. */
export interface Case {
  readonly kind: Kind;
  readonly answers: readonly Answer[];
  readonly attempts: number;
  readonly ends: 'well' | 'badly';
}

/** The recommendation in terms of attempts. */
export const CASES: readonly Case[] = [
  { kind: 'again', answers: [200], attempts: 1, ends: 'well' },
  { kind: 'again', answers: [503, 200], attempts: 2, ends: 'well' },
  { kind: 'again', answers: ['reset', 200], attempts: 2, ends: 'well' },
  { kind: 'again-hang', answers: ['hang', 200], attempts: 2, ends: 'well' },
  { kind: 'again', answers: [503], attempts: 3, ends: 'badly' },
  { kind: 'again', answers: ['reset'], attempts: 3, ends: 'badly' },
  { kind: 'again-hang', answers: ['hang'], attempts: 3, ends: 'badly' },
  { kind: 'again', answers: [500], attempts: 1, ends: 'badly' },
  { kind: 'connect', answers: [503], attempts: 1, ends: 'badly' },
  { kind: 'connect', answers: ['reset'], attempts: 1, ends: 'badly' },
  { kind: 'connect-hang', answers: ['hang'], attempts: 1, ends: 'badly' },
  { kind: 'once', answers: [503], attempts: 1, ends: 'badly' },
  { kind: 'once', answers: ['reset'], attempts: 1, ends: 'badly' },
  { kind: 'once-hang', answers: ['hang'], attempts: 1, ends: 'badly' },
];

/**
 * Returns when a library's timer of so many ms may have fired at the soonest. Timers count from the
 * beginning of the loop's turn in which they are set, and a busy machine may let the process stand
 * still within it.
 */
export function soonestMs(ms: number): number {
  return 0.8 * ms;
}

/** Returns how long a call takes at least: each attempt that hangs is waited for to its end. */
export function leastMs({ answers, attempts }: Case): number {
  const made = Array.from({ length: attempts }, (_, i) => answers[i] ?? answers.at(-1));
  return made.filter((answer) => answer === 'hang').length * soonestMs(CUT_OFF_MS);
}

/** Returns `again: 503, then 200: 2 attempts`. */
export function caseName({ kind, answers, attempts }: Case): string {
  return `${kind}: ${answers.join(', then ')}: ${attempts === 1 ? '1 attempt' : `${attempts} attempts`}`;
}
