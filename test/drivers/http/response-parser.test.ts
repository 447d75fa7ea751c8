import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BROKEN,
  HEAD_BYTES_MAX,
  MORE,
  ResponseParser,
  WHOLE,
} from '../../../src/drivers/http/response-parser.ts';

interface Reading {
  readonly status: number;
  readonly keepAlive: boolean;
  readonly excessBytes: number;
}

const NAMES: Record<number, string> = { [MORE]: 'more', [WHOLE]: 'whole', [BROKEN]: 'broken' };

/** Feeds a text in the pieces given; returns how it ended, and after how many bytes. */
function read(
  text: string,
  options: { cuts?: readonly number[]; head?: boolean } = {},
): {
  progress: string;
  bytesFed: number;
  parser: ResponseParser;
} {
  const bytes = Buffer.from(text, 'latin1');
  const parser = new ResponseParser();
  parser.reset(options.head ?? false);
  const edges = [...(options.cuts ?? []), bytes.length];
  // Every read lands in the same buffer, as on a real connection.
  const shared = Buffer.alloc(bytes.length);
  let from = 0;
  for (const to of edges) {
    if (to <= from) continue;
    shared.fill(0xff);
    bytes.copy(shared, 0, from, to);
    const progress = parser.feed(shared, to - from);
    from = to;
    if (progress !== MORE) return { progress: NAMES[progress] ?? '', bytesFed: from, parser };
  }
  return { progress: 'more', bytesFed: from, parser };
}

function shown({ status, keepAlive, excessBytes }: ResponseParser): Reading {
  return { status, keepAlive, excessBytes };
}

const crlf = (...lines: string[]): string => lines.join('\r\n');

const WHOLE_MESSAGES: readonly [name: string, text: string, keepAlive: boolean, status?: number][] =
  [
    ['content-length', crlf('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hello'), true],
    ['no body', crlf('HTTP/1.1 200 OK', 'content-length: 0', '', ''), true],
    ['no reason, no space', crlf('HTTP/1.1 200', 'content-length:2', '', 'ok'), true],
    [
      'the same length twice',
      crlf('HTTP/1.1 200 OK', 'Content-Length: 2', 'content-length: 2', '', 'ok'),
      true,
    ],
    [
      'connection: close',
      crlf('HTTP/1.1 200 OK', 'Connection: Close', 'Content-Length: 2', '', 'ok'),
      false,
    ],
    [
      'close in a list',
      crlf('HTTP/1.1 200 OK', 'connection: te, close', 'content-length: 2', '', 'ok'),
      false,
    ],
    ['HTTP/1.0', crlf('HTTP/1.0 200 OK', 'Content-Length: 2', '', 'ok'), false],
    [
      'HTTP/1.0 that stays',
      crlf('HTTP/1.0 200 OK', 'Connection: keep-alive', 'Content-Length: 2', '', 'ok'),
      true,
    ],
    [
      'chunked',
      crlf('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '5', 'hello', '0', '', ''),
      true,
    ],
    [
      'chunks, extensions and trailers',
      crlf(
        'HTTP/1.1 200 OK',
        'transfer-encoding: Chunked',
        '',
        'A;a=b',
        '0123456789',
        '1  ',
        'x',
        '00',
        'x-sum: 1',
        'y: 2',
        '',
        '',
      ),
      true,
    ],
    [
      'a coding before chunked',
      crlf('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked', '', '1', 'x', '0', '', ''),
      true,
    ],
    ['204', crlf('HTTP/1.1 204 No Content', 'x: y', '', ''), true, 204],
    [
      '304 with a length',
      crlf('HTTP/1.1 304 Not Modified', 'content-length: 99', '', ''),
      true,
      304,
    ],
    [
      'interim answers',
      crlf(
        'HTTP/1.1 100 Continue',
        '',
        'HTTP/1.1 103 Early Hints',
        'link: </a>',
        '',
        'HTTP/1.1 201 Created',
        'content-length: 3',
        '',
        'abc',
      ),
      true,
      201,
    ],
    ['an empty header', crlf('HTTP/1.1 200 OK', 'x:', 'content-length: 1', '', 'x'), true],
  ];

const BROKEN_MESSAGES: readonly [name: string, text: string, error: string][] = [
  ['garbage', '\x00\xff\x13garbage', 'bad status line'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'bad status line'],
  ['HTTP/2 in the clear', 'HTTP/2 200 OK\r\n\r\n', 'bad status line'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', 'bad status line'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'bad status line'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'bad status line'],
  ['bare LF after the status', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n', 'bad status line'],
  ['bare LF after a header', 'HTTP/1.1 200 OK\r\ncontent-length: 0\n\r\n', 'bad header line'],
  ['CR without LF', 'HTTP/1.1 200 OK\r\nx: y\rcontent-length: 0\r\n\r\n', 'bad header line'],
  ['a zero byte', 'HTTP/1.1 200 OK\r\nx: y\0\r\n\r\n', 'bad header line'],
  ['space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n', 'bad header line'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nx: y\r\n content-length: 0\r\n\r\n', 'bad header line'],
  ['no name', 'HTTP/1.1 200 OK\r\n: y\r\n\r\n', 'bad header line'],
  ['no colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', 'bad header line'],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n',
    'conflicting content-length',
  ],
  ['lengths in a list', 'HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n', 'bad content-length'],
  ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'bad content-length'],
  ['a signed length', 'HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n', 'bad content-length'],
  ['a length in hex', 'HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\n', 'bad content-length'],
  ['an empty length', 'HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n', 'bad content-length'],
  [
    'a length past all measure',
    'HTTP/1.1 200 OK\r\ncontent-length: 9999999999999999\r\n\r\n',
    'bad content-length',
  ],
  [
    'a length beside chunked',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
    'both content-length and transfer-encoding',
  ],
  [
    'chunked in HTTP/1.0',
    'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
    'transfer-encoding in HTTP/1.0',
  ],
  [
    'chunked that is not last',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\n',
    'bad transfer-encoding',
  ],
  [
    'chunked twice',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n',
    'bad transfer-encoding',
  ],
  [
    'an unknown coding',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n',
    'bad transfer-encoding',
  ],
  ['101', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n', 'unexpected status 101'],
  [
    'no chunk size',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '', ''),
    'bad chunk size',
  ],
  [
    'a chunk size of 0x5',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0x5', 'hello'),
    'bad chunk size',
  ],
  [
    'a chunk size past all measure',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', 'ffffffffffffff', ''),
    'bad chunk size',
  ],
  [
    'a chunk that is longer than it says',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '2', 'hello', ''),
    'bad chunk end',
  ],
  [
    'bare LF in an extension',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a\nb\r\nx',
    'bad chunk extension',
  ],
  [
    'a folded trailer',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0', ' x: y', '', ''),
    'bad trailer',
  ],
  [
    'bare LF in a trailer',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: y\n\r\n',
    'bad trailer',
  ],
];

const everyByte = (text: string): number[] => Array.from({ length: text.length }, (_, i) => i);

describe('ResponseParser', () => {
  it.each(WHOLE_MESSAGES)(
    'finds the end of %s, cut anywhere',
    (_name, text, keepAlive, status = 200) => {
      const wanted = { status, keepAlive, excessBytes: 0 };
      for (const cuts of [[], everyByte(text), ...everyByte(text).map((i) => [i])]) {
        const { progress, bytesFed, parser } = read(text, { cuts });
        expect([progress, bytesFed, shown(parser)]).toEqual(['whole', text.length, wanted]);
      }
    },
  );

  it.each(WHOLE_MESSAGES)('sees what follows %s as excess, in the same read', (_name, text) => {
    const { progress, parser } = read(`${text}HTTP/1.1`);
    expect([progress, parser.excessBytes]).toEqual(['whole', 8]);
  });

  it.each(BROKEN_MESSAGES)('refuses %s, cut anywhere', (_name, text, error) => {
    for (const cuts of [[], everyByte(text), ...everyByte(text).map((i) => [i])]) {
      const { progress, parser } = read(text, { cuts });
      // A cut head is tried again when it has doubled, so an error in it may wait for its end.
      if (cuts.length > 0 && progress === 'more') expect(text).not.toContain('\r\n\r\n');
      else expect([progress, parser.error]).toEqual(['broken', error]);
    }
  });

  it('takes a body without a length as ended by the close, and then no more may follow', () => {
    const { progress, parser } = read('HTTP/1.1 200 OK\r\n\r\nas long as it lasts');
    expect([progress, parser.close(), parser.keepAlive]).toEqual(['more', WHOLE, false]);
  });

  it.each([
    ['in the head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['in a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello'],
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel'],
  ])('takes a close %s as an error', (_where, text) => {
    const { progress, parser } = read(text);
    expect([progress, parser.close(), parser.error]).toEqual([
      'more',
      BROKEN,
      'closed mid-response',
    ]);
  });

  it('expects no body after a HEAD, whatever the length says', () => {
    const text = 'HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n';
    expect(read(text, { head: true }).progress).toBe('whole');
    expect(read(text).progress).toBe('more');
  });

  it('bounds the head, in one read and byte by byte', () => {
    const text = `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(HEAD_BYTES_MAX)}\r\n\r\n`;
    for (const cuts of [[], [20], everyByte(text)]) {
      const { progress, parser } = read(text, { cuts });
      expect([progress, parser.error]).toEqual(['broken', 'head too long']);
    }
  });

  it('bounds trailers', () => {
    const trailer = `x: ${'y'.repeat(70_000)}`;
    const text = crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0', trailer, '', '');
    expect(read(text).parser.error).toBe('trailers too long');
  });

  it('is ready again after a reset, also after an error or a cut head', () => {
    const parser = new ResponseParser();
    const good = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    for (const before of ['garbage', 'HTTP/1.1 20', good.toString()]) {
      parser.reset(false);
      parser.feed(Buffer.from(before), before.length);
      parser.reset(false);
      expect([parser.feed(good, good.length), parser.status]).toEqual([WHOLE, 200]);
    }
  });

  it('finds the same end for any message and any cuts', () => {
    const chunked = fc
      .array(fc.string({ minLength: 1, unit: 'binary-ascii', maxLength: 40 }), { maxLength: 6 })
      .map((parts) => {
        const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
        return `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`;
      });
    const sized = fc
      .string({ unit: 'binary-ascii', maxLength: 200 })
      .map((body) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    fc.assert(
      fc.property(fc.oneof(chunked, sized), fc.array(fc.nat({ max: 400 })), (text, cutsAnyhow) => {
        const cuts = cutsAnyhow.filter((at) => at < text.length).sort((a, b) => a - b);
        const { progress, bytesFed } = read(text, { cuts });
        expect([progress, bytesFed]).toEqual(['whole', text.length]);
      }),
    );
  });

  it('never breaks down on any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), fc.boolean(), (pieces, asHttp) => {
        const parser = new ResponseParser();
        parser.reset(false);
        if (asHttp) parser.feed(Buffer.from('HTTP/1.1 200 OK\r\n'), 17);
        for (const piece of pieces) {
          const progress = parser.feed(piece, piece.length);
          if (progress === MORE) continue;
          expect(parser.error === '').toBe(progress === WHOLE);
          break;
        }
      }),
    );
  });
});
