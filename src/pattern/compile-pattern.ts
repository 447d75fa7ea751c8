import { createRequire } from 'node:module';
import type * as re2js from 're2js';
import { isLinearNatively } from './native-time.ts';
import { parsePattern, type PatternNode } from './parse-pattern.ts';
import { re2Text } from './re2-text.ts';

/** A regular expression that takes time in proportion to the length of the text, at most. */
export interface Pattern {
  /** Returns whether it matches somewhere in a text. */
  readonly test: (text: string) => boolean;
  /** Returns the first match and what its groups hold; undefined where there is none. */
  readonly exec: (text: string) => readonly (string | undefined)[] | undefined;
}

/** Loaded with the first pattern that needs it: most scenarios have none. */
const load = createRequire(import.meta.url);

/**
 * Returns a pattern of JavaScript with the flag `u`, compiled: by JavaScript's own engine where
 * that is proved to be linear, else by one that is so by its construction.
 * @throws for what `patternProblem` refuses
 */
export function compilePattern(text: string): Pattern {
  const node = parsePattern(text);
  const native = new RegExp(text, 'u');
  if (!isLinearNatively(node)) return linearPattern(node);
  return { test: (given) => native.test(given), exec: (given) => native.exec(given) ?? undefined };
}

/** Returns whether JavaScript's own engine is proved to match a pattern in linear time. */
export function isNativelyLinear(text: string): boolean {
  try {
    return isLinearNatively(parsePattern(text)) && new RegExp(text, 'u') instanceof RegExp;
  } catch {
    // It is none, or one that backtracks by its nature.
    return false;
  }
}

/** Returns the pattern for the engine that never backtracks. */
export function linearPattern(node: PatternNode): Pattern {
  const { RE2JS } = load('re2js') as typeof re2js;
  const compiled = RE2JS.compile(re2Text(node));
  const exec: Pattern['exec'] = (text) => compiled.exec(text) ?? undefined;
  // It finds the places of a first character by itself, and then looks at those alone.
  if (beginsWithCharacter(node)) return { test: (text) => exec(text) !== undefined, exec };
  const test = (text: string): boolean => compiled.test(text);
  return { test, exec: (text) => (test(text) ? exec(text) : undefined) };
}

function beginsWithCharacter(node: PatternNode): boolean {
  switch (node.kind) {
    case 'sequence': {
      const [first] = node.parts;
      return first !== undefined && beginsWithCharacter(first);
    }
    case 'set': {
      const [only] = node.set.parts;
      const isOne = node.set.parts.length === 1 && !node.set.isNegated;
      return isOne && only !== undefined && 'range' in only && only.range[0] === only.range[1];
    }
    default:
      return false;
  }
}
