import { setRanges } from '../../src/pattern/character-set.ts';
import type { PatternNode } from '../../src/pattern/parse-pattern.ts';

/** Tries what comes behind a match that ends at `at`. */
type Next = (at: number) => boolean;

/**
 * Searches a text for a pattern as an engine does that backtracks and remembers nothing. Returns
 * the steps that it took: one for every character or assertion that it looked at.
 */
export function backtrackingSteps(pattern: PatternNode, text: string): number {
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let steps = 0;

  const matches = (node: PatternNode, at: number, next: Next): boolean => {
    switch (node.kind) {
      case 'set': {
        steps++;
        const code = characters[at];
        if (code === undefined) return false;
        const isIn = setRanges(node.set)?.some(([first, last]) => first <= code && code <= last);
        return isIn === true && next(at + 1);
      }
      case 'assertion':
        steps++;
        if (node.at === 'start') return at === 0 && next(at);
        if (node.at === 'end') return at === characters.length && next(at);
        return isBoundary(at) === (node.at === 'word') && next(at);
      case 'group':
        return matches(node.body, at, next);
      case 'choice':
        return node.ways.some((way) => matches(way, at, next));
      case 'sequence':
        return inRow(node.parts, 0, at, next);
      case 'repeat':
        return repeated(node, 0, at, next);
    }
  };
  const inRow = (parts: readonly PatternNode[], i: number, at: number, next: Next): boolean => {
    const part = parts[i];
    return part === undefined ? next(at) : matches(part, at, (to) => inRow(parts, i + 1, to, next));
  };
  const repeated = (
    node: Extract<PatternNode, { kind: 'repeat' }>,
    times: number,
    at: number,
    next: Next,
  ): boolean => {
    const more = (): boolean =>
      times < node.max &&
      // Once it has come often enough, it must not come empty.
      matches(node.body, at, (to) =>
        to === at && times >= node.min ? false : repeated(node, times + 1, to, next),
      );
    if (times < node.min) return more();
    return node.isLazy ? next(at) || more() : more() || next(at);
  };
  const isBoundary = (at: number): boolean => isWord(at - 1) !== isWord(at);
  const isWord = (at: number): boolean => /\w/u.test(String.fromCodePoint(characters[at] ?? 0x20));

  const [first] = pattern.kind === 'sequence' ? pattern.parts : [pattern];
  const isAtStart = first?.kind === 'assertion' && first.at === 'start';
  for (let from = 0; from <= characters.length; from++) {
    if (matches(pattern, from, () => true)) break;
    if (isAtStart) break;
  }
  return steps;
}
