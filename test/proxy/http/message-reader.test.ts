import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { requestFraming } from '../../../src/proxy/http/http1/body-framing.ts';
import { parseRequestLine } from '../../../src/proxy/http/http1/message-head.ts';
import { MessageReader } from '../../../src/proxy/http/http1/message-reader.ts';

const body = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', ';'), maxLength: 20 });
const token = fc.constantFrom('X-A', 'x-b', 'Accept');

const lengthRequest = fc
  .tuple(token, body)
  .map(
    ([name, text]) =>
      `POST /l HTTP/1.1\r\n${name}:  v\r\ncontent-LENGTH: ${text.length}\r\n\r\n${text}`,
  );
const chunkedRequest = fc
  .array(
    body.filter((text) => text !== ''),
    { maxLength: 4 },
  )
  .map((chunks) => {
    const coded = chunks
      .map((chunk) => `${chunk.length.toString(16)};x="y"\r\n${chunk}\r\n`)
      .join('');
    return `PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${coded}0\r\nX-Sum: 1\r\n\r\n`;
  });
const bareRequest = fc.constantFrom('GET / HTTP/1.0\r\n\r\n', '\r\nHEAD * HTTP/1.1\r\nA:\r\n\r\n');
const requests = fc.array(fc.oneof(lengthRequest, chunkedRequest, bareRequest), { maxLength: 5 });

/** Reads bytes that come in parts of these lengths. */
function read(bytes: string, parts: readonly number[], bytesMax: number) {
  const reader = new MessageReader('request');
  const [passed, data]: string[][] = [[], []];
  let [heads, ends, isMalformed] = [0, 0, false];
  const drain = (): void => {
    for (let piece = reader.next(bytesMax); piece; piece = reader.next(bytesMax)) {
      if (piece.type === 'head') {
        heads += 1;
        passed?.push(Buffer.from(piece.head.bytes).toString('latin1'));
        const line = parseRequestLine(piece.head.startLine);
        reader.body(requestFraming(piece.head.fields, line?.minor ?? 1) ?? { by: 'close' });
      } else if (piece.type === 'end') ends += 1;
      else if (piece.type === 'malformed') isMalformed = true;
      else {
        passed?.push(Buffer.from(piece.bytes).toString('latin1'));
        if (piece.type === 'data') data?.push(Buffer.from(piece.bytes).toString('latin1'));
      }
    }
  };
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = parts[i % parts.length] ?? 1;
    reader.push(Buffer.from(bytes.slice(at, at + length), 'latin1'));
    at += length;
    drain();
  }
  return { passed: passed?.join('') ?? '', data: data?.join('') ?? '', heads, ends, isMalformed };
}

const parts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });

describe('reading messages', () => {
  it('gives back every byte, and as many messages as there were, however they come', () => {
    fc.assert(
      fc.property(requests, parts, fc.integer({ min: 1, max: 9 }), (messages, by, bytesMax) => {
        const bytes = messages.join('');
        const seen = read(bytes, by, bytesMax);
        expect(seen).toMatchObject({ passed: bytes, isMalformed: false });
        expect([seen.heads, seen.ends]).toEqual([messages.length, messages.length]);
        expect(seen.data).toBe(read(bytes, [bytes.length + 1], Infinity).data);
      }),
    );
  });

  it('never fails on any bytes, and stays where they are malformed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), parts, (bytes, by) => {
        const seen = read(`${bytes}\r\n\r\n`, by, Infinity);
        expect(`${bytes}\r\n\r\n`.length).toBeGreaterThanOrEqual(seen.passed.length);
      }),
    );
  });

  it.each([
    ['a bare line feed', 'GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n'],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nA : b\r\n\r\n'],
    ['a NUL in a value', 'GET / HTTP/1.1\r\nA: \0\r\n\r\n'],
  ])('calls %s malformed', (_name, bytes) => {
    expect(read(bytes, [bytes.length], Infinity).isMalformed).toBe(true);
  });

  it.each([
    ['request', 'GET / HTTP/1.1\r\nHost: x\n'],
    ['request', 'GET / HTTP/1.1\n'],
    ['request', 'hello there\r\n'],
    ['request', '\x16\x03\x01'],
    ['request', '\n'],
    ['answer', 'HTTP/1.1 200 OK\n'],
    ['answer', 'HTTP/2.0'],
    ['answer', 'hello'],
    ['answer', 'HTTP/1.1 20 OK\r\n'],
  ] as const)('tells at once that a %s cannot begin with %j', (sort, bytes) => {
    const reader = new MessageReader(sort);
    const pieces = Array.from(Buffer.from(bytes, 'latin1'), (byte) => {
      reader.push(Uint8Array.of(byte));
      return reader.next();
    });
    expect(pieces).toContainEqual({ type: 'malformed', isTooLarge: false });
  });

  it.each([
    ['request', '\r'],
    ['request', '\r\n\r'],
    ['request', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['answer', 'HTTP/1.'],
    ['answer', 'HTTP/1.1 200'],
  ] as const)('waits where a %s may go on behind %j', (sort, bytes) => {
    const reader = new MessageReader(sort);
    for (const byte of Buffer.from(bytes, 'latin1')) {
      reader.push(Uint8Array.of(byte));
      expect(reader.next()?.type ?? 'frame').toBe('frame');
    }
  });

  it('takes a head up to its bound and no further', () => {
    const head = (bytes: number): string => `GET / HTTP/1.1\r\nA: ${'b'.repeat(bytes)}\r\n\r\n`;
    expect(read(head(60_000), [1_000], Infinity)).toMatchObject({ heads: 1, isMalformed: false });
    expect(read(head(70_000), [1_000], Infinity)).toMatchObject({ heads: 0, isMalformed: true });
  });
});
