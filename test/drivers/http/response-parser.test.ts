import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BROKEN,
  HEAD_BYTES_MAX,
  INTERIM_ANSWERS_MAX,
  MORE,
  ResponseParser,
  WHOLE,
} from '../../../src/drivers/http/response-parser.ts';
import { BROKEN_MESSAGES, crlf, WHOLE_MESSAGES } from './response-messages.ts';

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

  it('bounds interim answers', () => {
    const interim = 'HTTP/1.1 102 Processing\r\n\r\n';
    const final = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    expect(read(interim.repeat(INTERIM_ANSWERS_MAX) + final).progress).toBe('whole');
    const { progress, parser } = read(interim.repeat(INTERIM_ANSWERS_MAX + 1) + final);
    expect([progress, parser.error]).toEqual(['broken', 'too many interim answers']);
  });

  it('counts the bytes of the body, not what frames them', () => {
    const chunked = crlf(
      'HTTP/1.1 200 OK',
      'transfer-encoding: chunked',
      '',
      '5;a',
      'hello',
      '0',
      '',
      '',
    );
    const sized = crlf('HTTP/1.1 200 OK', 'content-length: 5', '', 'hello');
    const untilClose = crlf('HTTP/1.1 200 OK', '', 'hello');
    for (const text of [chunked, sized, untilClose]) {
      expect(read(text, { cuts: everyByte(text) }).parser.bodyBytes).toBe(5);
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
