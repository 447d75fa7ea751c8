import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerHead } from '../../../src/drivers/http2/answer-head.ts';
import { BlockCursor } from '../../../src/drivers/http2/block-cursor.ts';
import { headerBlock } from '../../../src/drivers/http2/header-block.ts';
import { decodeBlock, type Field } from '../../../src/drivers/http2/hpack-decoder.ts';
import { HUFFMAN_CODES, huffmanText } from '../../../src/drivers/http2/huffman.ts';

const REQUEST: Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const ANSWER: Field[] = [
  [':status', '302'],
  ['cache-control', 'private'],
  ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['location', 'https://www.example.com'],
];

// Of the sequences C.3 to C.6 the first blocks: those behind them need the table that we do not
// have.
describe('the examples of RFC 7541, appendix C', () => {
  it.each<[string, string, Field[]]>([
    [
      'C.2.1: a literal with indexing',
      '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
      [['custom-key', 'custom-header']],
    ],
    ['C.2.2: without', '040c2f73616d706c652f70617468', [[':path', '/sample/path']]],
    ['C.2.3: never', '100870617373776f726406736563726574', [['password', 'secret']]],
    ['C.2.4: indexed', '82', [[':method', 'GET']]],
    ['C.3.1: a request', '828684410f7777772e6578616d706c652e636f6d', REQUEST],
    ['C.4.1: a request in the Huffman code', '828684418cf1e3c2e5f23a6ba0ab90f4ff', REQUEST],
    [
      'C.5.1: an answer',
      '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54' +
        '6e1768747470733a2f2f7777772e6578616d706c652e636f6d',
      ANSWER,
    ],
    [
      'C.6.1: an answer in the Huffman code',
      '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad1718' +
        '63c78f0b97c8e9ae82ae43d3',
      ANSWER,
    ],
  ])('%s', (_name, block, expected) => {
    expect(decode(Buffer.from(block, 'hex'))).toEqual(expected);
  });
});

describe('the Huffman code', () => {
  it('gives every text back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const coded = huffmanBytes(bytes);
        expect(huffmanText(coded, 0, coded.length)).toBe(Buffer.from(bytes).toString('latin1'));
      }),
    );
  });

  it.each([
    ['padding of zeros', '18'],
    ['padding of a whole byte', 'ff'],
    ['an end inside', 'ffffffff'],
  ])('refuses %s', (_name, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(huffmanText(bytes, 0, bytes.length)).toBeUndefined();
  });
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/u);
const value = fc.stringMatching(/^[ -~]{0,300}$/u);
const fields = fc.array(
  fc.oneof(
    fc.tuple(name, value),
    fc.constantFrom<Field>([':method', 'GET'], ['accept', ''], ['etag', 'x'], [':path', '/a']),
  ),
);

describe('headerBlock', () => {
  it('is decoded to the fields it was made of', () => {
    fc.assert(
      fc.property(fields, (list) => {
        expect(decode(headerBlock(list))).toEqual(list);
      }),
    );
  });
});

describe('a block that is none', () => {
  it.each([
    ['index 0', '80'],
    ['an index of no table', 'be'],
    ['a literal whose name is of no table', '7e0161'],
    ['a field that was to be added before', '4003782d610131be'],
    ['a value that is cut', '400161056162'],
    ['a name that is cut', '4005'],
    ['an endless number', 'ffffffffffffffff'],
    ['a size update past what was announced', '3fe101'],
    ['a size update behind a field', '8820'],
    ['a bad Huffman text', '08811e'],
  ])('%s', (_name, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(decode(bytes)).toBeUndefined();
    const head = new AnswerHead();
    expect(head.readHead(bytes, 0, bytes.length, true)).toBe(false);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, wantsFields) => {
        expect(() => {
          new AnswerHead().readHead(bytes, 0, bytes.length, wantsFields);
        }).not.toThrow();
      }),
    );
  });
});

describe('AnswerHead', () => {
  const status = fc.integer({ min: 102, max: 599 });

  it('finds the same status and length with and without the fields', () => {
    fc.assert(
      fc.property(
        status,
        fc.option(fc.nat()),
        fields,
        fc.boolean(),
        (code, length, more, early) => {
          const others = more.filter(([n]) => !/^:|^content-length$|connection|upgrade/u.test(n));
          const announced: Field[] = length === null ? [] : [['content-length', String(length)]];
          const list: Field[] = [
            [':status', String(code)],
            ...(early ? announced : []),
            ...others,
            ...(early ? [] : announced),
          ];
          const bytes = headerBlock(list);
          const [skimmed, decoded] = [new AnswerHead(), new AnswerHead()];
          expect(skimmed.readHead(bytes, 0, bytes.length, false)).toBe(true);
          expect(decoded.readHead(bytes, 0, bytes.length, true)).toBe(true);
          expect([skimmed.status, skimmed.contentLength]).toEqual([code, length ?? -1]);
          expect([decoded.status, decoded.contentLength]).toEqual([code, length ?? -1]);
          expect(decoded.fields).toEqual(list.slice(1));
        },
      ),
    );
  });

  it.each<[string, Field[]]>([
    ['no :status', [['server', 'x']]],
    ['bad :status', [[':status', '20']]],
    ['unexpected status 101', [[':status', '101']]],
    [
      'bad content-length',
      [
        [':status', '200'],
        ['content-length', '1x'],
      ],
    ],
    [
      'bad content-length',
      [
        [':status', '200'],
        ['content-length', '1'],
        ['content-length', '1'],
      ],
    ],
  ])('refuses an answer with %s', (error, list) => {
    const bytes = headerBlock(list);
    for (const wantsFields of [true, false]) {
      const head = new AnswerHead();
      expect(head.readHead(bytes, 0, bytes.length, wantsFields)).toBe(false);
      expect(head.error).toBe(error);
    }
  });

  it.each(['Server', 'connection', 'a b', ':path'])('refuses a field named %s', (wrong) => {
    const bytes = headerBlock([
      [':status', '200'],
      [wrong, 'x'],
    ]);
    const head = new AnswerHead();
    expect(head.readHead(bytes, 0, bytes.length, true)).toBe(false);
    expect(head.error).toBe('bad field name');
  });
});

function decode(bytes: Uint8Array): Field[] | undefined {
  return decodeBlock(new BlockCursor(), bytes, 0, bytes.length);
}

function huffmanBytes(bytes: Uint8Array): Buffer {
  let bits = '';
  for (const byte of bytes) {
    const { code = 0, bits: length = 0 } = HUFFMAN_CODES[byte] ?? {};
    bits += code.toString(2).padStart(length, '0');
  }
  bits += '1'.repeat((8 - (bits.length % 8)) % 8);
  return Buffer.from((bits.match(/.{8}/gu) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
