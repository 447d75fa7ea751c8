import type { StackPolicy } from './stack.ts';

type Parts = { readonly [Part in keyof StackPolicy]: StackPolicy[Part] | undefined };

/** Returns a policy of what is known: a part that is undefined, or no number, is absent. */
export function policyInUse(parts: Parts & { readonly key: string }): StackPolicy {
  const known = Object.entries(parts).filter(
    ([name, value]) =>
      value !== undefined &&
      !Number.isNaN(value) &&
      !(name === 'beside' && Array.isArray(value) && value.length === 0),
  );
  return { key: parts.key, ...(Object.fromEntries(known) as Partial<StackPolicy>) };
}

/** What of a policy its file does not say, so that the default of the stack holds. */
export class Defaults {
  readonly parts: (keyof StackPolicy)[] = [];

  /** Returns the value, or takes note that it is the default. */
  or<Value>(part: keyof StackPolicy, value: Value | undefined, byDefault: Value): Value {
    if (value !== undefined) return value;
    this.parts.push(part);
    return byDefault;
  }
}

/** Returns a number of what a file has; undefined for what is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/u.test(value.trim())
    ? Number(value)
    : undefined;
}

/** Returns settings that are not compared, those of some names that are there: `name value`. */
export function besideOf(
  names: readonly string[],
  valueOf: (name: string) => unknown,
): readonly string[] {
  return names.flatMap((name) => {
    const value = valueOf(name);
    if (value === undefined) return [];
    return [`${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
}
