import fc from 'fast-check';

/** What a terminal obeys or hides, of every kind, and what forges the look of a report. */
export const HOSTILE = [
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u001b[31m',
  '\u001b[8m',
  '\u009b1A',
  '\u0000',
  '\b',
  '\r',
  '\n',
  '\t',
  '\u007f',
  '\u0085',
  '\u00ad',
  '\u200b',
  '\u200d',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\u2069',
  '\u061c',
  '\u3164',
  '\ufeff',
  '\ufffe',
  '\ud800',
  '\udc00',
  '\u{e0041}',
  '\u{f0000}',
];
const USUAL = [
  'orders',
  ' ',
  '|',
  '`',
  '<b>',
  '::error::',
  '##[error]',
  '##vso[',
  'é',
  '日本',
  '😀',
  '→',
];

/** Any text that a service, a file or a store may bring, halves of surrogate pairs included. */
export function hostileText(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.constantFrom(...USUAL),
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  );
  return fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
}

/** Returns what of a text a terminal would obey or hide, but for ends of lines. */
export function unprintableIn(text: string): readonly string[] {
  // Other properties of characters than those that the code asks for.
  const found = text.match(
    /\p{Cc}|\p{Cf}|\p{Cs}|\p{Co}|\p{Cn}|\p{Bidi_Control}|[\u2028\u2029\u115f\u1160\u3164\uffa0]/gu,
  );
  return (found ?? []).filter((character) => character !== '\n');
}
