import { type ConnectErrorSlice, OTHER_ERRORS } from '../core/index.ts';
import { MAX_REASONS_PER_STEP } from './error-table.ts';

/**
 * Counts why connections could not be opened, per phase and target. The first reasons of a target
 * are counted apart, however often each occurs; later ones together.
 */
export class ConnectErrorTable {
  readonly #phases: readonly string[];
  readonly #targets: readonly string[];
  /** By target, over the whole run. */
  readonly #known: readonly Set<string>[];
  /** By phase x target. */
  readonly #counts: readonly Map<string, number>[];

  constructor(phases: readonly string[], targets: readonly string[]) {
    this.#phases = phases;
    this.#targets = targets;
    this.#known = targets.map(() => new Set());
    this.#counts = phases.flatMap(() => targets.map(() => new Map<string, number>()));
  }

  /** Counts one connection; `text` says why, in short and fixed words. */
  add(phaseIndex: number, targetIndex: number, text: string): void {
    const known = this.#known[targetIndex];
    const counts = this.#counts[phaseIndex * this.#targets.length + targetIndex];
    if (known === undefined || counts === undefined) return;
    if (!known.has(text) && known.size < MAX_REASONS_PER_STEP) known.add(text);
    const reason = known.has(text) ? text : OTHER_ERRORS;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }

  /** Returns what was counted, as that of `second`, and begins anew. */
  take(second: number): readonly ConnectErrorSlice[] {
    const slices: ConnectErrorSlice[] = [];
    for (const [cell, counts] of this.#counts.entries()) {
      if (counts.size === 0) continue;
      const phase = this.#phases[Math.floor(cell / this.#targets.length)] ?? '';
      const target = this.#targets[cell % this.#targets.length] ?? '';
      for (const [text, count] of counts) slices.push({ second, phase, target, text, count });
      counts.clear();
    }
    return slices;
  }
}
