import {
  CHECK,
  type ErrorSlice,
  failureReason,
  OTHER_ERRORS,
  OUTCOMES,
  type OutcomeCode,
  REJECTED,
  STATUS,
  type StatusNames,
  TIMEOUT,
  TRANSPORT,
} from '../core/index.ts';

/** Most different reasons of one step that one worker counts apart in a run. */
export const MAX_REASONS_PER_STEP = 20;

/**
 * Most of these that are texts of the target's own, beside a status: texts that name an order, say,
 * leave room for the others.
 */
export const MAX_MESSAGES_PER_STEP = 10;

/** Calls of a phase, step and reason that are its examples, from one slice to the next. */
const EXAMPLES_PER_SECOND = 2;

/** What is read of a call that failed. */
interface FailedCall {
  readonly phaseIndex: number;
  readonly stepIndex: number;
  readonly outcome: OutcomeCode;
  readonly status: number;
  readonly error: string;
}

/** What is read of a step. */
interface NamedStep {
  readonly name: string;
  readonly statusNames?: StatusNames;
}

/** What of a step is counted apart. */
interface Known {
  readonly keys: Set<string>;
  /** How many of them are a text of the target's. */
  messages: number;
}

interface Reason {
  readonly outcome: OutcomeCode;
  readonly text: string;
  count: number;
}

/**
 * Counts why calls failed, per phase and step. The first reasons of a step are counted apart,
 * however often each occurs; calls that failed for a later one are counted together, those with a
 * status under it alone.
 */
export class ErrorTable {
  readonly #phases: readonly string[];
  readonly #steps: readonly string[];
  readonly #statusNames: readonly (StatusNames | undefined)[];
  /** By step, over the whole run. */
  readonly #known: readonly Known[];
  /** By phase x step. */
  readonly #reasons: readonly Map<string, Reason>[];

  constructor(phases: readonly string[], steps: readonly NamedStep[]) {
    this.#phases = phases;
    this.#steps = steps.map(({ name }) => name);
    this.#statusNames = steps.map(({ statusNames }) => statusNames);
    this.#known = steps.map(() => ({ keys: new Set(), messages: 0 }));
    this.#reasons = phases.flatMap(() => steps.map(() => new Map<string, Reason>()));
  }

  /**
   * Counts a call whose outcome is a failure; a cancelled call is not one. Returns whether it is an
   * example of its reason: one of the first {@link EXAMPLES_PER_SECOND} since the last slice.
   */
  add(call: FailedCall): boolean {
    const { phaseIndex, stepIndex, outcome } = call;
    if (!FAILURES.has(outcome)) return false;
    const known = this.#known[stepIndex];
    const reasons = this.#reasons[phaseIndex * this.#steps.length + stepIndex];
    if (known === undefined || reasons === undefined) return false;
    const text = knownText(call, known, this.#statusNames[stepIndex]);
    const key = `${outcome} ${text}`;
    const reason = reasons.get(key);
    if (reason === undefined) {
      reasons.set(key, { outcome, text, count: 1 });
      return true;
    }
    reason.count++;
    return reason.count <= EXAMPLES_PER_SECOND;
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
  REJECTED,
]);

/** Returns the text under which a call is counted: its own while there is room for it. */
function knownText(call: FailedCall, known: Known, names: StatusNames | undefined): string {
  const { outcome, status, error } = call;
  const failed = { outcome: OUTCOMES[outcome], status, error };
  const whole = failureReason(failed, names);
  const text = outcome === STATUS ? failureReason({ ...failed, error: '' }, names) : whole;
  if (whole !== text) {
    if (known.keys.has(`${outcome} ${whole}`)) return whole;
    if (known.messages < MAX_MESSAGES_PER_STEP && admitted(outcome, whole, known)) {
      known.messages++;
      return whole;
    }
  }
  return admitted(outcome, text, known) ? text : OTHER_ERRORS;
}

function admitted(outcome: OutcomeCode, text: string, { keys }: Known): boolean {
  const key = `${outcome} ${text}`;
  if (!keys.has(key) && keys.size >= MAX_REASONS_PER_STEP) return false;
  keys.add(key);
  return true;
}
