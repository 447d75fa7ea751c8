import type { Draw } from './draw.ts';
import {
  AFTERWARDS,
  CODING_NAMES,
  CONNECTIONS,
  EXTENSIONS,
  HEADERS,
  LENGTH_NAMES,
  ODD_CODINGS,
  ODD_HEADERS,
  ODD_LENGTHS,
  ODD_SIZES,
  ODD_TRAILERS,
  REASONS,
  STATUSES,
  VERSIONS,
} from './response-parts.ts';

/**
 * Returns the bytes of a response, one character each: made by the grammar of RFC 9112 with the odd
 * shapes that readers are known to disagree on, then with a few bytes changed in every other one.
 */
export function oddResponse(draw: Draw): string {
  let text = '';
  while (draw.chance(0.08)) text += head(draw, draw.of(['100', '102', '103', '199']), []);
  const status = draw.chance(0.8) ? '200' : draw.of(STATUSES);
  const body = draw.of(BODIES)(draw);
  text += head(draw, status, body.headers) + body.text;
  if (draw.chance(0.06)) text += draw.of(AFTERWARDS);
  if (draw.chance(0.08)) text = text.slice(0, draw.below(text.length + 1));
  for (let changes = draw.chance(0.5) ? draw.below(4) : 0; changes > 0; changes--) {
    text = changed(text, draw);
  }
  return text;
}

interface Body {
  readonly headers: readonly string[];
  readonly text: string;
}

function head(draw: Draw, status: string, framing: readonly string[]): string {
  const version = draw.chance(0.85) ? 'HTTP/1.1' : draw.of(VERSIONS);
  const gap = draw.chance(0.98) ? ' ' : draw.of(['  ', '\t', '']);
  const reason = draw.chance(0.8) ? ' OK' : draw.of(REASONS);
  const lines: string[] = [...framing];
  for (let count = draw.below(4); count > 0; count--) add(lines, draw.of(HEADERS), draw);
  if (draw.chance(0.07)) add(lines, draw.of(ODD_HEADERS), draw);
  if (draw.chance(0.2)) {
    add(lines, `${draw.of(['connection', 'Connection'])}: ${draw.of(CONNECTIONS)}`, draw);
  }
  const ends = lines.map((line) => line + lineEnd(draw)).join('');
  return `${version}${gap}${status}${reason}${lineEnd(draw)}${ends}${lineEnd(draw)}`;
}

function add(lines: string[], line: string, draw: Draw): void {
  lines.splice(draw.below(lines.length + 1), 0, line);
}

function lineEnd(draw: Draw): string {
  return draw.chance(0.995) ? '\r\n' : draw.of(['\n', '\r', '\r\r\n', '', ' \r\n', '\n\r']);
}

const BODIES: readonly [(draw: Draw) => Body, ...((draw: Draw) => Body)[]] = [
  sized,
  chunked,
  chunked,
  (draw) => ({ headers: [], text: data(draw) }),
  (draw) => {
    const [a, b] = [sized(draw), draw.of([sized, chunked])(draw)];
    return draw.chance(0.3)
      ? { headers: [...b.headers, ...a.headers], text: b.text }
      : { headers: b.headers, text: a.text };
  },
];

function sized(draw: Draw): Body {
  const text = data(draw);
  const asIs = draw.chance(0.75);
  const length = asIs ? String(text.length) : draw.of([...ODD_LENGTHS, '5', String(text.length)]);
  const line = `${draw.of(LENGTH_NAMES)}:${draw.of([' ', ' ', '', '\t', '  '])}${length}`;
  return { headers: draw.chance(0.03) ? [line, line] : [line], text };
}

function chunked(draw: Draw): Body {
  const coding = draw.chance(0.75) ? 'chunked' : draw.of(ODD_CODINGS);
  const line = `${draw.of(CODING_NAMES)}: ${coding}`;
  let text = '';
  for (let count = draw.below(4); count > 0; count--) {
    const chunk = data(draw) || 'x';
    const size = draw.chance(0.9) ? hex(chunk.length, draw) : draw.of(ODD_SIZES);
    text += `${size}${extension(draw)}${lineEnd(draw)}${chunk}${lineEnd(draw)}`;
  }
  text += `${draw.chance(0.95) ? '0' : draw.of(['00', '', '0x0', '000000000000'])}${extension(draw)}`;
  text += lineEnd(draw);
  while (draw.chance(0.15)) {
    text += draw.chance(0.6) ? draw.of(HEADERS) : draw.of([...ODD_HEADERS, ...ODD_TRAILERS]);
    text += lineEnd(draw);
  }
  return { headers: draw.chance(0.02) ? [line, line] : [line], text: text + lineEnd(draw) };
}

function extension(draw: Draw): string {
  return draw.chance(0.92) ? '' : draw.of(EXTENSIONS);
}

function hex(length: number, draw: Draw): string {
  const digits = length.toString(16).padStart(draw.of([1, 1, 1, 4]), '0');
  return draw.chance(0.5) ? digits : digits.toUpperCase();
}

function data(draw: Draw): string {
  const text = draw.of([
    '',
    'hello',
    'x'.repeat(26),
    '\r\n\r\n',
    '0\r\n\r\n',
    '\0\xff',
    'HTTP/1.1 ',
  ]);
  return draw.chance(0.02) ? text.padEnd(300, 'y') : text;
}

/** Bytes that mean something to a reader. */
const SHARP = [
  '\xa0',
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '5',
  'f',
  'x',
  '\x7f',
  '\xff',
] as const;

function changed(text: string, draw: Draw): string {
  const at = draw.below(text.length + 1);
  const byte = draw.chance(0.7) ? draw.of(SHARP) : String.fromCharCode(draw.below(256));
  const [before, after] = [text.slice(0, at), text.slice(at)];
  const length = 1 + draw.below(4);
  return draw.of([
    () => before + byte + after,
    () => before + byte + after.slice(1),
    () => before + after.slice(1),
    () => before + after.slice(length),
    () => before + after.slice(0, length) + after,
    () => before.replace(/\r\n$/u, '\n') + after,
  ])();
}
