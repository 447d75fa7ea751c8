import { HarnessError } from '../core/index.ts';

/**
 * Returns the words of a command as a shell would split them: blanks part words, quotes of either
 * kind hold one together, and a backslash takes the next character as it is, but between single
 * quotes. Nothing else that a shell does is done.
 * @param option from which it is, for messages
 * @throws USAGE_INVALID for a command without a word, and for a quote that is not closed
 */
export function splitCommand(text: string, option: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '\\' && quote !== "'" && i + 1 < text.length)
      word = (word ?? '') + text.charAt(++i);
    else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/u.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') {
    throw new HarnessError(
      'USAGE_INVALID',
      `${option}: the quote ${quote} is not closed, got ${text}`,
      {
        hint: `Close it, or take it out.`,
      },
    );
  }
  if (word !== undefined) words.push(word);
  if (words.length > 0) return words;
  throw new HarnessError('USAGE_INVALID', `${option} must be a command, got '${text}'`, {
    hint: `Write ${option} "node server.js", say.`,
  });
}
