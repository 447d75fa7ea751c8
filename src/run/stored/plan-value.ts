import { HarnessError } from '../../core/index.ts';

/** A value in a stored plan, with its path for messages: `phases[1].name`. */
export class PlanValue {
  readonly #value: unknown;
  readonly #path: string;
  readonly #runId: string;

  private constructor(value: unknown, path: string, runId: string) {
    this.#value = value;
    this.#path = path;
    this.#runId = runId;
  }

  /**
   * @throws RUN_PLAN_UNREADABLE for a text that is no JSON, as every method for a value of another
   * kind
   */
  static parse(text: string, runId: string): PlanValue {
    try {
      return new PlanValue(JSON.parse(text), '', runId);
    } catch {
      return new PlanValue(text, '', runId).#fail('JSON');
    }
  }

  /** Returns whether the object has a field of this name that is not null. */
  has(name: string): boolean {
    return (this.#object()[name] ?? null) !== null;
  }

  get(name: string): PlanValue {
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    return new PlanValue(this.#object()[name], path, this.#runId);
  }

  text(): string {
    return typeof this.#value === 'string' ? this.#value : this.#fail('a text');
  }

  number(): number {
    return typeof this.#value === 'number' ? this.#value : this.#fail('a number');
  }

  /** Returns a number, Infinity for null. */
  bound(): number {
    return this.#value === null ? Infinity : this.number();
  }

  flag(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.#fail('true or false');
  }

  oneOf<T extends string>(words: readonly T[]): T {
    const word = words.find((known) => known === this.#value);
    return word ?? this.#fail(`one of ${words.join(', ')}`);
  }

  /** Returns what the word names, by a table that lies elsewhere. */
  known<T>(named: (word: string) => T | undefined, wanted: string): T {
    return named(this.text()) ?? this.#fail(wanted);
  }

  list<T>(read: (item: PlanValue) => T): readonly T[] {
    if (!Array.isArray(this.#value)) return this.#fail('a list');
    return this.#value.map((item: unknown, i) =>
      read(new PlanValue(item, `${this.#path}[${i}]`, this.#runId)),
    );
  }

  entries<T>(read: (value: PlanValue) => T): readonly (readonly [name: string, value: T])[] {
    return Object.keys(this.#object()).map((name) => [name, read(this.get(name))]);
  }

  record<T>(read: (value: PlanValue) => T): Readonly<Record<string, T>> {
    return Object.fromEntries(this.entries(read));
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.#fail('an object');
    }
    return value as Readonly<Record<string, unknown>>;
  }

  #fail(wanted: string): never {
    const got = (JSON.stringify(this.#value) ?? 'nothing').slice(0, 60);
    throw new HarnessError(
      'RUN_PLAN_UNREADABLE',
      `the plan of run ${this.#runId} must have ${wanted}, got ${got} (${this.#path || 'plan'})`,
      {
        hint: `Empty the run's Plan in callgauge_runs: it is derived from the scenario's text then.`,
      },
    );
  }
}
