import { type Document, visit } from 'yaml';
import { exactNumber } from '../core/index.ts';
import { allEntries } from './flow-walk.ts';
import type { Path } from './problem.ts';
import { select, valueAt } from './select.ts';

/** Where a file holds values of JSON, whose numbers keep every digit: in an entry of a flow. */
const IN_ENTRIES = [
  ['http', 'json'],
  ['http', 'form'],
  ['http', 'multipart'],
  ['grpc', 'message'],
  ['grpc', 'messages'],
  ['check', 'json'],
  ['capture', '*', 'default'],
  ['policy', 'fallback', 'json'],
];
const IN_FILE = [
  ['feeders', '*', 'rows'],
  ['policies', '*', 'fallback', 'json'],
  ['targets', '*', 'policy', 'fallback', 'json'],
];

/**
 * Gives every number of a document that is written otherwise than JavaScript writes it, 1.0 or
 * 9007199254740993 say, its exact form. Returns whether there was one.
 */
export function keepDigits(document: Document): boolean {
  let found = false;
  visit(document, {
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'number' || node.source === undefined) return;
      const exact = exactNumber(jsonNumberText(node.source) ?? String(node.value));
      if (exact === node.value) return;
      // NaN and infinities have no text in JSON.
      if (typeof exact === 'number') return;
      node.value = exact;
      found = true;
    },
  });
  return found;
}

/**
 * Puts the values of JSON as they are in `exact` into the file's value, and returns it; both were
 * read from the same document.
 */
export function withExactNumbers(value: unknown, exact: unknown): unknown {
  const found = [
    ...allEntries(value).flatMap((entry) =>
      IN_ENTRIES.flatMap((pattern) => select(entry.value, pattern, entry.path)),
    ),
    ...IN_FILE.flatMap((pattern) => select(value, pattern)),
  ];
  for (const { path } of found) put(value, path, valueAt(exact, path));
  return value;
}

/** Returns the number of JSON that a number of YAML stands for; undefined where there is none. */
function jsonNumberText(source: string): string | undefined {
  if (/^0[xo]/u.test(source)) return BigInt(source).toString();
  const [, minus = '', whole = '', fraction = '', power = ''] =
    /^(?:\+|(-))?(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/u.exec(source) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const digits = whole.replace(/^0+(?=\d)/u, '') || '0';
  return `${minus}${digits}${fraction === '' ? '' : `.${fraction}`}${power}`;
}

function put(file: unknown, path: Path, value: unknown): void {
  const key = path.at(-1);
  const holder = valueAt(file, path.slice(0, -1));
  if (key === undefined || typeof holder !== 'object' || holder === null) return;
  Object.assign(holder, { [key]: value });
}
