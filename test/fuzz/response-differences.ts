import type { Exchange, Reading } from './llhttp-reading.ts';

/** A shape that our parser refuses, and llhttp reads. */
export interface Strictness {
  readonly name: string;
  /** What our parser says of it. */
  readonly error: string;
  /** What the response must hold for the refusal to be meant. */
  readonly shape: RegExp;
}

/** Every shape in which ours may be stricter; docs/reference/http-driver.md says why for each. */
export const STRICTNESSES: readonly Strictness[] = [
  { name: 'version', error: 'bad status line', shape: /HTTP\/(?:0\.9|2\.0) \d/u },
  { name: 'protocol other than HTTP', error: 'bad status line', shape: /(?:RTSP|ICE)\//u },
  {
    name: 'blank line before the status',
    error: 'bad status line',
    shape: /(?:^|\n\r\n)[\r\n]+(?:HTTP|RTSP|ICE)/u,
  },
  { name: 'status below 100', error: 'bad status line', shape: /HTTP\/1\.[01] 0\d\d/u },
  {
    name: 'control character in the reason',
    error: 'bad status line',
    // oxlint-disable-next-line no-control-regex
    shape: /HTTP\/1\.[01] \d{3} [^\r\n]*[\0-\x08\v\f\x0e-\x1f\x7f]/u,
  },
  { name: 'switched protocol', error: 'unexpected status 101', shape: /HTTP\/1\.[01] 101/u },
  {
    name: 'closing interim answer',
    error: 'closing interim answer',
    shape: /HTTP\/1\.0 1\d\d[^]*(?:keep-alive|close)/iu,
  },
  {
    name: 'long length',
    error: 'bad content-length',
    shape: /content-length:[ \t]*\d{16}/iu,
  },
  {
    name: 'coding other than chunked, once, last',
    error: 'bad transfer-encoding',
    shape: /transfer-encoding:(?! *chunked *\r\n(?![^]*transfer-encoding))/iu,
  },
  {
    name: 'coding in HTTP/1.0',
    error: 'transfer-encoding in HTTP/1.0',
    shape: /HTTP\/1\.0 [^]*transfer-encoding:/iu,
  },
  { name: 'long chunk size', error: 'bad chunk size', shape: /\n[0-9a-f]{14}/iu },
  {
    name: 'chunk extension out of form',
    error: 'bad chunk extension',
    shape: /;[;=\r]|=[;\r]|=[^;"\r\n]+"/u,
  },
  { name: 'framing trailer', error: 'bad trailer', shape: /\ntransfer-encoding:/iu },
];

/**
 * Returns what sets our reading apart from llhttp's: '' for nothing, the name of a strictness, or a
 * text that begins with `!` for what must not be.
 *
 * Ours may refuse what llhttp reads, in the shapes named; it never reads what llhttp refuses, nor
 * anything otherwise. It keeps a connection that llhttp would close in one case: after an answer to
 * HEAD without a length, which ends with its head all the same.
 */
export function difference(exchange: Exchange, ours: Reading, theirs: Reading): string {
  if (ours.whole && !theirs.whole) return `!looser: ${theirs.error}`;
  if (!ours.whole && theirs.whole) {
    const known = STRICTNESSES.find((s) => s.error === ours.error && s.shape.test(exchange.text));
    return known?.name ?? `!stricter: ${ours.error}`;
  }
  if (ours.status !== theirs.status) return '!another status';
  if (ours.bodyBytes !== theirs.bodyBytes) return '!another body length';
  if (ours.keepAlive && !theirs.keepAlive) {
    return exchange.answersHead ? 'HEAD without a length stays open' : '!stays open';
  }
  if (!ours.keepAlive && theirs.keepAlive) {
    return /close/iu.test(exchange.text) ? 'close beside keep-alive' : '!closes';
  }
  return '';
}
