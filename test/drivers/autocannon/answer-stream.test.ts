import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerStream } from '../../../src/drivers/autocannon/answer-stream.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';

/** Returns what is heard of answers that come in pieces, to as many requests as are awaited. */
function heard(
  pieces: readonly string[],
  { awaited = 1, head = false, closes = false } = {},
): readonly string[] {
  const events: string[] = [];
  let left = awaited;
  const stream = new AnswerStream(head, {
    isAwaited: () => left > 0,
    begun: () => events.push('begun'),
    whole: (status, bytes, isLast) => {
      left--;
      events.push(`${status} of ${bytes}${isLast ? ', the last' : ''}`);
    },
    broken: (error) => events.push(error),
  });
  for (const piece of pieces) stream.execute(Buffer.from(piece, 'latin1'));
  if (closes) events.push(`closed ${stream.closed()}`);
  return events;
}

describe('the answers of a connection', () => {
  it.each([
    [[OK], ['begun', '200 of 40']],
    [[HINTS + OK], ['begun', `200 of ${HINTS.length + 40}`]],
    [
      [HINTS, HINTS, OK],
      ['begun', `200 of ${2 * HINTS.length + 40}`],
    ],
    [['HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n'], ['begun', '304 of 48']],
    [['HTTP/1.1 101 Switching Protocols\r\n\r\n'], ['begun', 'unexpected status 101']],
    [['SSH-2.0\r\n\r\n'], ['begun', 'bad status line']],
    [
      [OK, OK],
      ['begun', '200 of 40', 'bytes without a request'],
    ],
    [[`${OK}${OK}`], ['begun', '200 of 40', 'bytes without a request']],
  ])('%j are %j', (pieces, wanted) => {
    expect(heard(pieces)).toEqual(wanted);
  });

  it('may end with the connection, and one that says that it is the last ends the reading', () => {
    const untilClose = 'HTTP/1.1 200 OK\r\n\r\nall of it';
    expect(heard([untilClose], { closes: true })).toEqual([
      'begun',
      `200 of ${untilClose.length}, the last`,
      'closed undefined',
    ]);
    const last = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';
    expect(heard([last + OK], { awaited: 2, closes: true })).toEqual([
      'begun',
      `200 of ${last.length}, the last`,
      'closed ',
    ]);
    expect(heard([OK.slice(0, 39)], { closes: true })).toEqual([
      'begun',
      'closed closed mid-response',
    ]);
    expect(heard([], { closes: true })).toEqual(['closed ']);
  });

  it('have no body where the requests are HEAD', () => {
    const head = OK.slice(0, -2);
    expect(heard([head + head], { awaited: 2, head: true })).toEqual([
      'begun',
      '200 of 38',
      'begun',
      '200 of 38',
    ]);
  });

  it('law: they are the same wherever their bytes are cut', () => {
    const text = HINTS + OK + HINTS + HINTS + OK + OK;
    const whole = heard([text], { awaited: 3 });
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
        expect(heard(pieces, { awaited: 3 })).toEqual(whole);
      }),
    );
  });
});
