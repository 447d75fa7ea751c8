/** A map of a description. */
export type JsonMap = Readonly<Record<string, unknown>>;

/** Returns a value if it is a map, else an empty one. */
export function mapOf(value: unknown): JsonMap {
  return isMap(value) ? value : {};
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a value if it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns a value if it is a text that is not empty, else undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns the entries of a map whose keys are its own. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(mapOf(value));
}
