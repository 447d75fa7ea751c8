/** Any run of characters, or any run without the separator. */
const ANY = Symbol('**');
const ANY_BUT_SEPARATOR = Symbol('*');
type Part = string | typeof ANY | typeof ANY_BUT_SEPARATOR;

/**
 * Returns whether a whole text matches a pattern. `*` matches any run of characters, also none;
 * with a `separator`, `*` does not cross it and `**` does. Every other character matches itself.
 *
 * A pattern of p characters and a text of n take O(p · n) steps at most, O(n) as a rule: the text
 * is read once, and for each of its characters all parts are kept that may come next.
 */
export function textPattern(pattern: string, separator?: string): (text: string) => boolean {
  const parts = partsOf(pattern, separator !== undefined);
  if (parts.every((part) => typeof part === 'string')) return (text) => text === pattern;
  return reader(parts, separator);
}

function partsOf(pattern: string, knowsSeparator: boolean): readonly Part[] {
  const wildcards = knowsSeparator ? /(\*{2,}|\*)/u : /(\*+)/u;
  return pattern.split(wildcards).flatMap((piece): Part[] => {
    if (!piece.startsWith('*'))
      return Array.from({ length: piece.length }, (_, i) => piece.charAt(i));
    return [knowsSeparator && piece === '*' ? ANY_BUT_SEPARATOR : ANY];
  });
}

/** Returns what reads a text once, with the parts of the pattern that may come next. */
function reader(parts: readonly Part[], separator: string | undefined): (text: string) => boolean {
  let [now, next] = [new Int32Array(parts.length + 1), new Int32Array(parts.length + 1)];
  let [nowCount, nextCount] = [0, 0];
  /** At which character, counted from 1, a part was last added. */
  const addedAt = new Int32Array(parts.length + 1);
  /** Adds a part, and what may come in its place where it may match nothing. */
  const add = (from: number, at: number): void => {
    for (let i = from; addedAt[i] !== at; i++) {
      addedAt[i] = at;
      next[nextCount++] = i;
      if (typeof parts[i] !== 'symbol') return;
    }
  };
  return (text) => {
    addedAt.fill(0);
    nextCount = 0;
    add(0, 1);
    for (let at = 0; at < text.length && nextCount > 0; at++) {
      [now, next] = [next, now];
      [nowCount, nextCount] = [nextCount, 0];
      const character = text.charAt(at);
      for (let k = 0; k < nowCount; k++) {
        const i = now[k] ?? 0;
        const part = parts[i];
        if (part === ANY || (part === ANY_BUT_SEPARATOR && character !== separator)) {
          add(i, at + 2);
        } else if (part === character) {
          add(i + 1, at + 2);
        }
      }
    }
    return nextCount > 0 && addedAt[parts.length] === text.length + 1;
  };
}
