/** More words of a line are not looked at. */
const WORDS_MAX = 60;

const WORD = /"(?:[^"\\]|\\.)*"|\[[^[\]]*\]|[^ \t]+/gsu;

/**
 * Returns the words of a part of a line, 60 at most: a text in quotes or brackets is one, and comes
 * with them.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(WORD)) {
    words.push(word);
    if (words.length === WORDS_MAX) break;
  }
  return words;
}

/** Returns a word without its quotes. */
export function unquoted(word: string): string {
  return word.length > 1 && word.startsWith('"') && word.endsWith('"') ? word.slice(1, -1) : word;
}
