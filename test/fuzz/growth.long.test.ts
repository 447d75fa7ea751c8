import { it } from 'vitest';
import { csvRows } from '../../src/flow/csv-rows.ts';
import { jsonLineRows } from '../../src/flow/json-line-rows.ts';
import { decodeBody } from '../../src/ingest/decode-body.ts';
import { NO_OPTIONS, readTextLine } from '../../src/replay/text-line.ts';
import { CSV, JSON_LINES, LOG } from './corpora.ts';
import { holdGrowth } from './hold-growth.ts';

/** Holds a reader to linear time with each token repeated at the begin, middle, end of a text. */
async function holdEveryToken(
  name: string,
  corpus: readonly string[],
  tokens: readonly string[],
  read: (input: string) => unknown,
): Promise<void> {
  for (const text of corpus) {
    for (const token of tokens) {
      for (const at of [0, Math.floor(text.length / 2), text.length]) {
        const make = (size: number): string =>
          text.slice(0, at) + token.repeat(size / token.length) + text.slice(at);
        await holdGrowth(`${name} with ${JSON.stringify(token)} at ${at}`, make, read);
      }
    }
  }
}

it('the time of a line of a log is in proportion to its length, whatever it is made of', async () => {
  const lines = LOG.corpus.map((text) => text.split('\n')[0] ?? '');
  const tokens = [...LOG.tokens, 'a', '1', ' a="b"', '\\"', ' x=1'];
  await holdEveryToken('a line', lines, tokens, (line) => readTextLine(line, NO_OPTIONS));
});

it.each([
  ['CSV', CSV, csvRows],
  ['JSON lines', JSON_LINES, jsonLineRows],
] as const)(
  'the time of %s is in proportion to its length',
  async (name, { corpus, tokens }, rowsOf) => {
    const read = (input: string): unknown => rowsOf(input, 'users');
    const more = ['a', 'a,b\n', '{"a":1}\n', '[1,', '"a":1,'];
    await holdEveryToken(name, corpus, [...tokens, ...more], read);
    const columns = (size: number): string =>
      Array.from({ length: size / 8 }, (_, i) => `c${i}`).join(',');
    await holdGrowth(`${name} of many columns`, columns, read);
    const keys = (size: number): string => `{${columns(size).replaceAll(/c\d+/gu, '"$&":1')}}`;
    await holdGrowth(`${name} of many keys`, keys, read);
  },
);

const HEAD = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":';

/** Each is given in units that fill some characters; most are no export, which is refused. */
it.each([
  ['digits', (size: number) => `${HEAD}${'9'.repeat(size)}}]}]}]}`],
  ['digits in a text', (size: number) => `${HEAD}"${'9'.repeat(size)}"}]}]}]}`],
  ['numbers', (size: number) => `${HEAD}[${'12345678901234567890,'.repeat(size / 21)}0]}]}]}]}`],
  [
    'long numbers',
    (size: number) => `${HEAD}[${`${'9'.repeat(999)},`.repeat(size / 1_000)}0]}]}]}]}`,
  ],
  ['quotes', (size: number) => `${HEAD}"${'\\"'.repeat(size / 2)}"}]}]}]}`],
  ['blanks', (size: number) => `${HEAD}"a"${' '.repeat(size)}}]}]}]}`],
  ['names', (size: number) => `${HEAD}0,${'"a":0,'.repeat(size / 6)}"b":0}]}]}]}`],
  ['spans', (size: number) => `${HEAD}0}${',{"name":0}'.repeat(size / 11)}]}]}]}`],
  ['groups', (size: number) => `{"resourceSpans":[${'{"scopeSpans":0},'.repeat(size / 17)}{}]}`],
])('the time of a body of %s is in proportion to its length', async (name, make) => {
  // Up to 4 MiB: below it, numbers cost little whatever their length.
  const larger = (size: number): string => make(16 * size);
  await holdGrowth(name, larger, (input) => decodedKind(Buffer.from(input)));
});

function decodedKind(body: Buffer): string {
  const blocks = [Uint8Array.from(body)];
  return decodeBody({ id: 0, type: 'application/json', blocks, maxItems: 200_000 }, () => undefined)
    .decoded.kind;
}
