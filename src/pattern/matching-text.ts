import { type Range, setRanges, type CharacterSet } from './character-set.ts';
import { compilePattern } from './compile-pattern.ts';
import { parsePattern, Unsupported, type PatternNode } from './parse-pattern.ts';
import { patternProblem } from './pattern-problem.ts';

/** A text past this is no example. */
const CHARACTERS_MAX = 200;
/** What people would write first, where a set has it. */
const PREFERRED: readonly Range[] = [
  [0x61, 0x7a],
  [0x41, 0x5a],
  [0x31, 0x39],
  [0x30, 0x30],
  [0x21, 0x7e],
];

/**
 * Returns a short text that a regular expression matches, always the same one; undefined where none
 * is found by taking the first way of each choice, and each repetition as rarely as it may be.
 */
export function matchingText(pattern: string): string | undefined {
  if (patternProblem(pattern) !== undefined) return undefined;
  try {
    const text = textOf(parsePattern(pattern));
    if (text === undefined || text.length > CHARACTERS_MAX) return undefined;
    return compilePattern(pattern).test(text) ? text : undefined;
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

function textOf(node: PatternNode): string | undefined {
  switch (node.kind) {
    case 'set':
      return characterOf(node.set);
    case 'assertion':
      return '';
    case 'sequence':
      return joined(node.parts.map(textOf));
    case 'choice':
      return node.ways.map(textOf).find((text) => text !== undefined);
    case 'group':
      return textOf(node.body);
    case 'repeat': {
      if (node.min > CHARACTERS_MAX) return undefined;
      const times = Math.min(Math.max(node.min, 1), node.max);
      return times === 0 ? '' : textOf(node.body)?.repeat(times);
    }
  }
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('');
}

function characterOf(set: CharacterSet): string | undefined {
  const ranges = setRanges(set);
  if (ranges === undefined) return undefined;
  for (const [from, to] of PREFERRED) {
    const found = ranges.find(([first, last]) => first <= to && from <= last);
    if (found !== undefined) return String.fromCodePoint(Math.max(found[0], from));
  }
  const [first] = ranges;
  return first && String.fromCodePoint(first[0]);
}
