/** Code points from the first to the last, both included. */
export type Range = readonly [first: number, last: number];

/** A part of a set: some code points, one of `\d \D \s \S \w \W`, or `\p{...}`. */
export type SetPart =
  | { readonly range: Range }
  | { readonly letter: 'd' | 'D' | 's' | 'S' | 'w' | 'W' }
  | { readonly property: string };

/** What one character of a pattern may be. */
export interface CharacterSet {
  readonly parts: readonly SetPart[];
  readonly isNegated: boolean;
}

export const LAST_CODE_POINT = 0x10_ff_ff;

const DIGITS: readonly Range[] = [[0x30, 0x39]];
const WORD: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
/** The white space and line ends of JavaScript. */
const SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x16_80, 0x16_80],
  [0x20_00, 0x20_0a],
  [0x20_28, 0x20_29],
  [0x20_2f, 0x20_2f],
  [0x20_5f, 0x20_5f],
  [0x30_00, 0x30_00],
  [0xfe_ff, 0xfe_ff],
];
/** What `.` does not match. */
const LINE_ENDS: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x20_28, 0x20_29],
];
/** Of the characters beyond ASCII, those that are letters of a word where case is ignored. */
const FOLDED_LETTERS: readonly Range[] = [
  [0x01_7f, 0x01_7f],
  [0x21_2a, 0x21_2a],
];

export const ANY: CharacterSet = { parts: [], isNegated: true };
export const ANY_BUT_LINE_END: CharacterSet = {
  parts: LINE_ENDS.map((range) => ({ range })),
  isNegated: true,
};

export function oneOf(codePoint: number): CharacterSet {
  return { parts: [{ range: [codePoint, codePoint] }], isNegated: false };
}

/** Returns the code points of a part, in ascending order; undefined for a property. */
export function rangesOf(part: SetPart, ignoresCase = false): readonly Range[] | undefined {
  if ('range' in part) return [part.range];
  if ('property' in part) return undefined;
  const word = ignoresCase ? joined([...WORD, ...FOLDED_LETTERS]) : WORD;
  const ranges = { d: DIGITS, s: SPACE, w: word }[part.letter.toLowerCase()] ?? [];
  return part.letter === part.letter.toLowerCase() ? ranges : complement(ranges);
}

/** Returns the code points of a set; undefined where it names a property. */
export function setRanges({ parts, isNegated }: CharacterSet): readonly Range[] | undefined {
  const all: Range[] = [];
  for (const part of parts) {
    const ranges = rangesOf(part);
    if (ranges === undefined) return undefined;
    all.push(...ranges);
  }
  return isNegated ? complement(joined(all)) : joined(all);
}

/** Returns whether no character is in both sets, as far as can be known. */
export function areDisjoint(a: CharacterSet, b: CharacterSet): boolean {
  const [ofA, ofB] = [setRanges(a), setRanges(b)];
  if (ofA === undefined || ofB === undefined) return false;
  return ofA.every(([first, last]) => ofB.every(([from, to]) => last < from || to < first));
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const out: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = out.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else out.push([first, last]);
  }
  return out;
}

function complement(ranges: readonly Range[]): readonly Range[] {
  const out: Range[] = [];
  let next = 0;
  for (const [first, last] of joined(ranges)) {
    if (first > next) out.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) out.push([next, LAST_CODE_POINT]);
  return out;
}
