type Labels = Readonly<Record<string, string>>;

/** Keeps the number of series bounded: what is past it is refused, and the refusal reported. */
export class LabelSetBound {
  readonly #setsMax: number;
  readonly #refused: () => void;
  readonly #knownByMetric = new Map<string, Set<string>>();

  /** At most `setsMax` label sets per metric; `refused` is called for each refusal. */
  constructor(setsMax: number, refused: () => void) {
    this.#setsMax = setsMax;
    this.#refused = refused;
  }

  holds(metric: string, labels: Labels): boolean {
    return this.#knownByMetric.get(metric)?.has(JSON.stringify(labels)) ?? false;
  }

  /** Returns whether the metric may have these labels; from then on it always may. */
  admits(metric: string, labels: Labels): boolean {
    const known = this.#knownByMetric.get(metric) ?? new Set<string>();
    this.#knownByMetric.set(metric, known);
    const key = JSON.stringify(labels);
    if (known.has(key)) return true;
    if (known.size >= this.#setsMax) {
      this.#refused();
      return false;
    }
    known.add(key);
    return true;
  }
}
