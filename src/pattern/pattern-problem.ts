import { errorText } from '../core/index.ts';
import { compilePattern } from './compile-pattern.ts';
import { Unsupported } from './parse-pattern.ts';

/** Longest regular expression that a scenario may hold. */
const PATTERN_CHARACTERS_MAX = 1_000;

/** Why a text may not be a regular expression. */
export interface PatternProblem {
  /** `must be ...` */
  readonly message: string;
  readonly hint: string;
  /** Where in the text; absent for all of it. */
  readonly character?: number;
}

/**
 * Returns why a text may not be used as a regular expression; undefined where it may. One that no
 * engine of linear time can match is refused: an answer could make it take for ever.
 */
export function patternProblem(text: string): PatternProblem | undefined {
  if (text.length > PATTERN_CHARACTERS_MAX) {
    return { message: 'must be 1000 characters at most', hint: 'Shorten it.' };
  }
  const syntax = syntaxProblem(text);
  if (syntax !== undefined) {
    return {
      message: `must be a regular expression of JavaScript: ${syntax}`,
      hint: 'Put a \\ before each of ^ $ \\ . * + ? ( ) [ ] { } | that stands for itself.',
    };
  }
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    if (error instanceof Unsupported) {
      const { construct, character, hint } = error;
      const message = `must have no ${construct}: matching it can take for ever`;
      return { message, hint, character };
    }
    return {
      message: `must be simpler, to be matched in linear time: ${errorText(error)}`,
      hint: 'Repeat 1000 times at most, all counts within each other multiplied; nest less; of \\p{...} name a category or a script.',
    };
  }
}

/** Returns why a text is no regular expression, in JavaScript's words; undefined for one. */
function syntaxProblem(text: string): string | undefined {
  try {
    return new RegExp(text, 'u') instanceof RegExp ? undefined : 'it is none';
  } catch (error) {
    // There is no other way to ask.
    return errorText(error).replace(/^.*: /su, '');
  }
}
