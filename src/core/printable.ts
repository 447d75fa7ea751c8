/**
 * What a terminal obeys, or does not show: controls, marks of direction, characters without width,
 * halves of surrogate pairs, ends of lines of any kind. Variation selectors stay: they belong to
 * the emoji before them.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?![\u{FE00}-\u{FE0F}])\p{Default_Ignorable_Code_Point}/gu;
/** The same but the end of a line. */
const UNPRINTABLE_IN_JSON = new RegExp(String.raw`(?!\n)(?:${UNPRINTABLE.source})`, 'gu');

/** The most columns of one line of a message, and what is kept of a longer one. */
const LINE_COLUMNS_MAX = 2_000;
const LINE_HEAD_COLUMNS = 1_500;
const LINE_TAIL_COLUMNS = 400;

/**
 * Returns the text with a dot for every character that a terminal would obey rather than print,
 * and a blank for a tab: names and messages come from whatever services were called.
 */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(UNPRINTABLE, '·');
}

/**
 * Returns the text as one line for a terminal: printable, and without the middle where it is longer
 * than a screen. The end stays, for that is where a message says what is wanted.
 */
export function printableLine(text: string): string {
  const characters = text.length <= LINE_COLUMNS_MAX ? [] : Array.from(text);
  const left = characters.length - LINE_HEAD_COLUMNS - LINE_TAIL_COLUMNS;
  if (characters.length <= LINE_COLUMNS_MAX) return printable(text);
  const head = printable(characters.slice(0, LINE_HEAD_COLUMNS).join(''));
  const tail = printable(characters.slice(-LINE_TAIL_COLUMNS).join(''));
  return `${head} … ${left.toLocaleString('en-US')} characters left out … ${tail}`;
}

/** Returns a text of several lines as those that a terminal may print, each by itself. */
export function printableLines(text: string): readonly string[] {
  return text.split(/\r?\n/u).map((line) => printableLine(line));
}

/**
 * Returns JSON that says the same, with an escape for every character that a terminal would obey
 * or hide: in JSON they stand in texts alone.
 */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, i) => escaped(character.charCodeAt(i))).join(''),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
