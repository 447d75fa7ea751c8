/** Any run of characters, or any run without the separator. */
const ANY = Symbol('**');
const ANY_BUT_SEPARATOR = Symbol('*');
type Part = string | typeof ANY | typeof ANY_BUT_SEPARATOR;

/**
 * Returns whether a whole text fits a pattern. `*` stands for any run of characters, also none; where
 * a `separator` is given, `*` does not run over it and `**` does. All else stands for itself.
 *
 * A pattern of p characters and a text of n take O(p · n²) steps at worst and O(p + n) as a rule: what
 * stands behind a wildcard is looked for where it can begin at the earliest, and only the last
 * wildcard of each sort is ever widened. A text from outside cannot make it slow, as it could a
 * regular expression.
 */
export function textPattern(pattern: string, separator?: string): (text: string) => boolean {
  const parts = partsOf(pattern, separator !== undefined);
  if (parts.every((part) => typeof part === 'string')) return (text) => text === pattern;
  return (text) => fits(parts, text, separator);
}

function partsOf(pattern: string, knowsSeparator: boolean): readonly Part[] {
  const wildcards = knowsSeparator ? /(\*{2,}|\*)/u : /(\*+)/u;
  return pattern.split(wildcards).flatMap((piece): Part[] => {
    if (!piece.startsWith('*'))
      return Array.from({ length: piece.length }, (_, i) => piece.charAt(i));
    return [knowsSeparator && piece === '*' ? ANY_BUT_SEPARATOR : ANY];
  });
}

/** Where to go on when what stands behind a wildcard did not fit: the wildcard takes one more. */
interface Wildcard {
  readonly part: number;
  readonly at: number;
}

function fits(parts: readonly Part[], text: string, separator: string | undefined): boolean {
  let [part, at] = [0, 0];
  let wide: Wildcard | undefined;
  let narrow: Wildcard | undefined;
  for (;;) {
    const wanted = parts[part];
    if (wanted === ANY) {
      wide = { part, at };
      narrow = undefined;
      part += 1;
    } else if (wanted === ANY_BUT_SEPARATOR) {
      narrow = { part, at };
      part += 1;
    } else if (at === text.length && part === parts.length) {
      return true;
    } else if (at < text.length && wanted === text.charAt(at)) {
      part += 1;
      at += 1;
    } else if (narrow && narrow.at < text.length && text.charAt(narrow.at) !== separator) {
      narrow = { part: narrow.part, at: narrow.at + 1 };
      [part, at] = [narrow.part + 1, narrow.at];
    } else if (wide && wide.at < text.length) {
      wide = { part: wide.part, at: wide.at + 1 };
      narrow = undefined;
      [part, at] = [wide.part + 1, wide.at];
    } else {
      return false;
    }
  }
}
