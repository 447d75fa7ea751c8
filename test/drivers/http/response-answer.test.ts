import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadMemo } from '../../../src/drivers/http/head-memo.ts';
import { MORE, ResponseParser, WHOLE } from '../../../src/drivers/http/response-parser.ts';
import { Answer } from '../../../src/flow/index.ts';
import { WHOLE_MESSAGES } from './response-messages.ts';

interface Read {
  readonly status: number;
  readonly keepAlive: boolean;
  readonly excessBytes: number;
  readonly bodyBytes: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
}

const shared = Buffer.allocUnsafeSlow(65_536);

/** Reads one message through a buffer that every read overwrites, cut where it says. */
function read(
  parser: ResponseParser,
  text: string,
  { cuts = [], isRead = true }: { cuts?: readonly number[]; isRead?: boolean } = {},
): Read {
  const bytes = Buffer.from(text, 'latin1');
  const answer = new Answer();
  parser.reset(false, isRead ? answer : undefined);
  let from = 0;
  let progress: number = MORE;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    if (to <= from || progress !== MORE) continue;
    shared.fill(0xff);
    bytes.copy(shared, 0, from, to);
    progress = parser.feed(shared, to - from);
    from = to;
  }
  if (progress === MORE) progress = parser.close();
  expect(progress).toBe(WHOLE);
  const { status, keepAlive, excessBytes, bodyBytes } = parser;
  const { fields } = answer;
  return {
    status,
    keepAlive,
    excessBytes,
    bodyBytes,
    fields,
    body: answer.body.toString('latin1'),
  };
}

const CHUNKED = [
  'HTTP/1.1 103 Early Hints',
  'link: </style.css>',
  '',
  'HTTP/1.1 200 OK',
  'Transfer-Encoding: chunked',
  'X-Order:   7  ',
  'set-cookie: a=1',
  'set-cookie: b=2',
  '',
  '5;ext=1',
  'hello',
  '6',
  ' world',
  '0',
  'x-checksum: 9',
  '',
  '',
].join('\r\n');

const anywhere = fc.array(fc.nat(CHUNKED.length), { maxLength: 8 });

describe('an answer that a step reads', () => {
  it('has the fields and the body of the final answer, trailers last, cut anywhere', () => {
    fc.assert(
      fc.property(anywhere, (cuts) => {
        const { fields, body } = read(new ResponseParser(), CHUNKED, { cuts });
        expect(body).toBe('hello world');
        expect(fields).toEqual([
          ['transfer-encoding', 'chunked'],
          ['x-order', '7'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['x-checksum', '9'],
        ]);
      }),
    );
  });

  it('has fields in UTF-8 where they came in it, else in ISO-8859-1', () => {
    const utf8 = Buffer.from('/caf\u00e9?q=\u65e5').toString('latin1');
    const head = `HTTP/1.1 302 Found\r\nlocation: ${utf8}\r\nx-old: caf\u00e9\r\ncontent-length: 0\r\n\r\n`;
    expect(read(new ResponseParser(), head).fields).toEqual([
      ['location', '/caf\u00e9?q=\u65e5'],
      ['x-old', 'caf\u00e9'],
      ['content-length', '0'],
    ]);
  });

  it('joins the lines of a field', () => {
    const answer = new Answer();
    const parser = new ResponseParser();
    parser.reset(false, answer);
    const bytes = Buffer.from(CHUNKED, 'latin1');
    parser.feed(bytes, bytes.length);
    expect(answer.field('set-cookie')).toBe('a=1, b=2');
    expect(answer.field('missing')).toBeUndefined();
  });
});

describe('a head that comes again', () => {
  const messages = fc.constantFrom(...WHOLE_MESSAGES.map(([, text]) => text), CHUNKED);

  it('says what it says without the memory of it, whatever came between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(messages, anywhere, fc.boolean()), { minLength: 1, maxLength: 12 }),
        (sequence) => {
          const remembering = new ResponseParser(new HeadMemo(shared));
          for (const [text, cuts, isRead] of sequence) {
            const plain = read(new ResponseParser(), text, { cuts, isRead });
            expect(read(remembering, text, { cuts, isRead })).toEqual(plain);
          }
        },
      ),
    );
  });
});
