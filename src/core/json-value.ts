import type { HarnessError } from './errors.ts';

/** Returns the error for a value that is not as it is wanted; `path` is '' for the whole. */
export type RefuseJson = (refused: {
  readonly path: string;
  readonly wanted: string;
  /** What is there, as JSON, shortened. */
  readonly got: string;
}) => HarnessError;

const SHOWN_MAX = 60;

/**
 * A value of a JSON document, with its path for messages: `phases[1].name`. Every method throws
 * what `refuse` makes of a value of another kind.
 */
export class JsonValue {
  readonly #value: unknown;
  readonly #path: string;
  readonly #refuse: RefuseJson;

  private constructor(value: unknown, path: string, refuse: RefuseJson) {
    this.#value = value;
    this.#path = path;
    this.#refuse = refuse;
  }

  /** Returns the document of a text; refuses one that is no JSON. */
  static parse(text: string, refuse: RefuseJson): JsonValue {
    try {
      return new JsonValue(JSON.parse(text), '', refuse);
    } catch {
      return new JsonValue(text, '', refuse).fail('JSON');
    }
  }

  /** Returns whether the object has a field of this name that is not null. */
  has(name: string): boolean {
    return (this.#object()[name] ?? null) !== null;
  }

  get(name: string): JsonValue {
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    return new JsonValue(this.#object()[name], path, this.#refuse);
  }

  text(): string {
    return typeof this.#value === 'string' ? this.#value : this.fail('a text');
  }

  /** Returns a text that is what is wanted: `a time`, say. */
  textThat(isWanted: (text: string) => boolean, wanted: string): string {
    const value = this.#value;
    return typeof value === 'string' && isWanted(value) ? value : this.fail(wanted);
  }

  number(): number {
    return typeof this.#value === 'number' ? this.#value : this.fail('a number');
  }

  /** Returns a number that is what is wanted: `a whole number`, say. */
  numberThat(isWanted: (value: number) => boolean, wanted: string): number {
    const value = this.#value;
    return typeof value === 'number' && isWanted(value) ? value : this.fail(wanted);
  }

  /** Returns a number, Infinity for null. */
  bound(): number {
    return this.#value === null ? Infinity : this.number();
  }

  flag(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.fail('true or false');
  }

  oneOf<T extends string>(words: readonly T[]): T {
    const word = words.find((known) => known === this.#value);
    return word ?? this.fail(`one of ${words.join(', ')}`);
  }

  /** Returns what the word names, by a table that lies elsewhere. */
  known<T>(named: (word: string) => T | undefined, wanted: string): T {
    return named(this.text()) ?? this.fail(wanted);
  }

  list<T>(read: (item: JsonValue) => T): readonly T[] {
    if (!Array.isArray(this.#value)) return this.fail('a list');
    return this.#value.map((item: unknown, i) =>
      read(new JsonValue(item, `${this.#path}[${i}]`, this.#refuse)),
    );
  }

  entries<T>(read: (value: JsonValue) => T): readonly (readonly [name: string, value: T])[] {
    return Object.keys(this.#object()).map((name) => [name, read(this.get(name))]);
  }

  record<T>(read: (value: JsonValue) => T): Readonly<Record<string, T>> {
    return Object.fromEntries(this.entries(read));
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.fail('an object');
    }
    return value as Readonly<Record<string, unknown>>;
  }

  /** Refuses the value, also for what its reader alone can tell. */
  fail(wanted: string): never {
    const seen = JSON.stringify(this.#value) ?? 'nothing';
    const got = seen.length <= SHOWN_MAX ? seen : `${seen.slice(0, SHOWN_MAX)}…`;
    throw this.#refuse({ path: this.#path, wanted, got });
  }
}
