/** Longest regular expression that a scenario may hold. */
const PATTERN_CHARACTERS_MAX = 1_000;

/**
 * Returns why a text may not be used as a regular expression, `must be ...`; undefined where it may.
 * Refused beside what is none: back references, and a repetition of something that itself repeats
 * without a bound, as in `(a+)+`. Those are what makes matching take exponential time. What is left
 * can still take time in proportion to a power of the text's length, which is why a pattern sees
 * 64 KiB of an answer at most (flow/text-match.ts).
 */
export function patternFault(text: string): string | undefined {
  if (text.length > PATTERN_CHARACTERS_MAX) return 'must be 1000 characters at most';
  if (!isPattern(text)) return 'must be a regular expression of JavaScript';
  return repeatsRepetition(text)
    ? 'must not repeat what itself repeats, as in (a+)+, and have no back reference: it could take for ever'
    : undefined;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    // There is no other way to ask whether a text is a regular expression.
    return false;
  }
}

const UNBOUNDED = /^(?:[*+]|\{\d+,\})/u;

/** Walks over the pattern once; `open` holds, per group that is open, whether it repeats within. */
function repeatsRepetition(text: string): boolean {
  const open: boolean[] = [false];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    let repeatsWithin = false;
    if (character === '\\') {
      if (/^\\(?:[1-9]|k<)/u.test(text.slice(i, i + 3))) return true;
      i++;
    } else if (character === '[') {
      i = endOfClass(text, i);
    } else if (character === '(') {
      open.push(false);
      continue;
    } else if (character === ')') {
      repeatsWithin = open.pop() ?? false;
    }
    const isRepeated = UNBOUNDED.test(text.slice(i + 1, i + 12));
    if (isRepeated && repeatsWithin) return true;
    if (isRepeated || repeatsWithin) open[open.length - 1] = true;
  }
  return false;
}

function endOfClass(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ']') return i;
  }
  return text.length;
}
