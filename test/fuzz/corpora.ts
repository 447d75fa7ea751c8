import { LOGS } from '../replay/logs.ts';
import { bytesOf } from './hold-bounds.ts';
import type { Mutations } from './mutation.ts';

const [first = '', ...rest] = LOGS.map(([, text]) => bytesOf(text).toString('latin1'));
const TOKENS = [
  '"',
  '\\',
  '\\x',
  '[',
  ']',
  '{',
  '}',
  '#',
  '%',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '-',
  '+',
  ',',
  ';',
  ':',
  '/',
  '{"log":"',
  '","stream":"stdout"}',
  ' stdout P ',
  '[{',
  ' HTTP/1.1" ',
  '#Fields: ',
  '1e999',
  '-1',
  '28/Nov/2026:16:40:01 +0000',
  '2026-11-28T16:40:01.120Z',
  '99999999999999999999',
  '"attributes":[',
  'request_time=',
  '\u{EF}\u{BB}\u{BF}',
  '\u{ED}\u{A0}\u{80}',
  '\u{C3}',
  '\u{1F}\u{8B}',
  '\u{28}\u{B5}\u{2F}\u{FD}',
] as const;

/** Access logs of every form that is known. */
export const LOG: Mutations = { corpus: [first, ...rest], tokens: TOKENS };

/** Feeders, as texts of one byte a character. */
export const CSV: Mutations = {
  corpus: [
    'id,name\n1,Ada\n2,"Grace, ""the"" admiral"\n',
    '\u{FEFF}sku;price\r\nA-1;9,90\r\n',
    'id,note\n1,"two\nlines"\n\n2,\n',
  ],
  tokens: [
    '"',
    '""',
    ',',
    '\n',
    '\r',
    '\r\n',
    '\0',
    '\u{FEFF}',
    '\u{2028}',
    'id,id',
    '\u{D800}',
    ' ',
  ],
};

/** What JSON is made of, and two halves of an escape. */
export const JSON_MARKS = ['{', '}', '[', ']', '"', ':', ',', '\\u', '\\ud800'] as const;

export const JSON_LINES: Mutations = {
  corpus: [
    '{"id": 1, "name": "Ada"}\n{"id": 9223372036854775807, "name": "Grace"}\n',
    '{"a":{"b":[1,2,{"c":null}]},"d":1e3}\n\n{"a":true}\n',
  ],
  tokens: [...JSON_MARKS, '__proto__', '1e999', '-0', '\n', '{"a":', '0'],
};
