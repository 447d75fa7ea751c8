import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerHead } from '../../../src/drivers/http2/answer-head.ts';
import { headerBlock } from '../../../src/drivers/http2/header-block.ts';
import { type Field, HpackDecoder } from '../../../src/drivers/http2/hpack-decoder.ts';
import { HUFFMAN_CODES, huffmanText } from '../../../src/drivers/http2/huffman.ts';

const REQUEST: Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const SECOND: Field[] = [...REQUEST, ['cache-control', 'no-cache']];
const THIRD: Field[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
];
const DATE: Field = ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'];
const LOCATION: Field = ['location', 'https://www.example.com'];
const PRIVATE: Field = ['cache-control', 'private'];
const ANSWERS: Field[][] = [
  [[':status', '302'], PRIVATE, DATE, LOCATION],
  [[':status', '307'], PRIVATE, DATE, LOCATION],
  [
    [':status', '200'],
    PRIVATE,
    ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
    LOCATION,
    ['content-encoding', 'gzip'],
    ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
  ],
];

describe('the examples of RFC 7541, appendix C', () => {
  it.each<[string, number, string[], Field[][]]>([
    [
      'C.2.1: a literal with indexing',
      4_096,
      ['400a637573746f6d2d6b65790d637573746f6d2d686561646572'],
      [[['custom-key', 'custom-header']]],
    ],
    ['C.2.2: without', 4_096, ['040c2f73616d706c652f70617468'], [[[':path', '/sample/path']]]],
    ['C.2.3: never', 4_096, ['100870617373776f726406736563726574'], [[['password', 'secret']]]],
    ['C.2.4: indexed', 4_096, ['82'], [[[':method', 'GET']]]],
    [
      'C.3: requests',
      4_096,
      [
        '828684410f7777772e6578616d706c652e636f6d',
        '828684be58086e6f2d6361636865',
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
      ],
      [REQUEST, SECOND, THIRD],
    ],
    [
      'C.4: requests in the Huffman code',
      4_096,
      [
        '828684418cf1e3c2e5f23a6ba0ab90f4ff',
        '828684be5886a8eb10649cbf',
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
      ],
      [REQUEST, SECOND, THIRD],
    ],
    [
      'C.5: answers, with evictions',
      256,
      [
        '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54' +
          '6e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        '4803333037c1c0bf',
        '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f' +
          '3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076' +
          '657273696f6e3d31',
      ],
      ANSWERS,
    ],
    [
      'C.6: answers in the Huffman code, with evictions',
      256,
      [
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad1718' +
          '63c78f0b97c8e9ae82ae43d3',
        '4883640effc1c0bf',
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b3' +
          '35dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
      ],
      ANSWERS,
    ],
  ])('%s', (_name, tableBytes, blocks, expected) => {
    const decoder = new HpackDecoder(tableBytes);
    expect(blocks.map((block) => decode(decoder, Buffer.from(block, 'hex')))).toEqual(expected);
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
        expect(decode(new HpackDecoder(0), headerBlock(list).bytes)).toEqual(list);
      }),
    );
  });

  it('says where the value of a field stands', () => {
    const { bytes, valueOffsets } = headerBlock([...REQUEST, ['x-id', 'abc']], ['x-id']);
    const offset = valueOffsets.get('x-id') ?? -1;
    bytes.write('xyz', offset, 'latin1');
    expect(decode(new HpackDecoder(0), bytes)?.at(-1)).toEqual(['x-id', 'xyz']);
  });
});

describe('a block that is none', () => {
  it.each([
    ['index 0', '80'],
    ['an index of no table', 'be'],
    ['a value that is cut', '400161056162'],
    ['a name that is cut', '4005'],
    ['an endless number', 'ffffffffffffffff'],
    ['a size update past what was announced', '3fe101'],
    ['a size update behind a field', '8820'],
    ['a bad Huffman text', '08811e'],
  ])('%s', (_name, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(decode(new HpackDecoder(0), bytes)).toBeUndefined();
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
          const { bytes } = headerBlock(list);
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
    const { bytes } = headerBlock(list);
    for (const wantsFields of [true, false]) {
      const head = new AnswerHead();
      expect(head.readHead(bytes, 0, bytes.length, wantsFields)).toBe(false);
      expect(head.error).toBe(error);
    }
  });

  it.each(['Server', 'connection', 'a b', ':path'])('refuses a field named %s', (wrong) => {
    const { bytes } = headerBlock([
      [':status', '200'],
      [wrong, 'x'],
    ]);
    const head = new AnswerHead();
    expect(head.readHead(bytes, 0, bytes.length, true)).toBe(false);
    expect(head.error).toBe('bad field name');
  });
});

function decode(decoder: HpackDecoder, bytes: Uint8Array): Field[] | undefined {
  return decoder.decode(bytes, 0, bytes.length);
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
