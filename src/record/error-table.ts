import {
  CHECK,
  type ErrorSlice,
  grpcStatusOf,
  OTHER_ERRORS,
  OUTCOMES,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../core/index.ts';

/** Most different reasons of one step that are told apart in a run, by one worker. */
export const MAX_REASONS_PER_STEP = 20;

/** What is read of a call that failed. */
interface FailedCall {
  readonly phaseIndex: number;
  readonly stepIndex: number;
  readonly outcome: OutcomeCode;
  readonly status: number;
  readonly error: string;
}

interface Reason {
  readonly outcome: OutcomeCode;
  readonly text: string;
  count: number;
}

/**
 * Counts why calls failed, per phase and step. The first reasons of a step are told apart, however often
 * each comes; the calls that failed for a later one are counted together.
 */
export class ErrorTable {
  readonly #phases: readonly string[];
  readonly #steps: readonly string[];
  /** By step, over the whole run. */
  readonly #known: readonly Set<string>[];
  /** By phase x step. */
  readonly #reasons: readonly Map<string, Reason>[];

  constructor(phases: readonly string[], steps: readonly string[]) {
    this.#phases = phases;
    this.#steps = steps;
    this.#known = steps.map(() => new Set());
    this.#reasons = phases.flatMap(() => steps.map(() => new Map<string, Reason>()));
  }

  /** Counts a call whose outcome is a failure; one that was cancelled is none. */
  add(call: FailedCall): void {
    const { phaseIndex, stepIndex, outcome } = call;
    if (!FAILURES.has(outcome)) return;
    const known = this.#known[stepIndex];
    const reasons = this.#reasons[phaseIndex * this.#steps.length + stepIndex];
    if (known === undefined || reasons === undefined) return;
    let text = textOf(call);
    let key = `${outcome} ${text}`;
    if (!known.has(key)) {
      if (known.size < MAX_REASONS_PER_STEP) known.add(key);
      else [text, key] = [OTHER_ERRORS, `${outcome} ${OTHER_ERRORS}`];
    }
    const reason = reasons.get(key);
    if (reason === undefined) reasons.set(key, { outcome, text, count: 1 });
    else reason.count++;
  }

  /** Returns what was counted, as that of `second`, and begins anew. */
  take(second: number): readonly ErrorSlice[] {
    const slices: ErrorSlice[] = [];
    for (const [cell, reasons] of this.#reasons.entries()) {
      if (reasons.size === 0) continue;
      const phase = this.#phases[Math.floor(cell / this.#steps.length)] ?? '';
      const step = this.#steps[cell % this.#steps.length] ?? '';
      for (const { outcome, text, count } of reasons.values()) {
        slices.push({ second, phase, step, outcome: OUTCOMES[outcome], text, count });
      }
      reasons.clear();
    }
    return slices;
  }
}

const FAILURES: ReadonlySet<OutcomeCode> = new Set<OutcomeCode>([
  STATUS,
  TIMEOUT,
  TRANSPORT,
  CHECK,
]);

function textOf({ outcome, status, error }: FailedCall): string {
  if (outcome === STATUS) return grpcStatusOf(status) ?? `status ${status}`;
  return error === '' ? OUTCOMES[outcome] : error;
}
