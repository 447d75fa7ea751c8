import * as fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HarnessError, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { type ArrivalFile, readArrivalFile } from '../../src/replay/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const PLAIN = {
  format: 'auto',
  timeField: undefined,
  methodField: undefined,
  pathField: undefined,
  durationField: undefined,
  durationUnit: undefined,
  timeOf: undefined,
  skipBadLines: false,
  wantsRequest: false,
} as const;

async function read(
  lines: readonly string[],
  options: Partial<Parameters<typeof readArrivalFile>[1]> = {},
): Promise<ArrivalFile> {
  const path = join(folder, 'list');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return readArrivalFile(path, { ...PLAIN, ...options });
}

async function refusal(...args: Parameters<typeof read>): Promise<string> {
  const error: unknown = await read(...args).catch((thrown: unknown) => thrown);
  if (!(error instanceof HarnessError) || error.code !== 'REPLAY_UNREADABLE') throw error;
  return error.message.replaceAll(folder, '');
}

const ms = (file: ArrivalFile): number[] => [...file.offsetsNs].map((ns) => ns / NS_PER_MS);

describe('an access log', () => {
  test('in the combined format, with what was called', async () => {
    const file = await read([
      '10.0.0.7 - - [14/Nov/2023:22:13:20.100 +0000] "GET /a?b=1 HTTP/1.1" 200 23 "-" "curl/8 [x]"',
      '10.0.0.8 - anna [14/Nov/2023:22:13:20.350 +0000] "POST /b HTTP/2.0" 201 5 "-" "say \\"hi\\""',
    ]);
    expect(ms(file)).toEqual([0, 250]);
    expect(file.requests).toEqual([
      { method: 'GET', path: '/a?b=1' },
      { method: 'POST', path: '/b' },
    ]);
  });

  test('with $msec at the end of the line', async () => {
    const line = (msec: string): string =>
      `::1 - - [14/Nov/2023:22:13:20 +0000] "GET / HTTP/1.1" 200 2 "-" "x" ${msec}`;
    expect(ms(await read([line('1700000000.125'), line('1700000000.500')]))).toEqual([0, 375]);
  });

  test('to the second: what came in one is spread evenly in it', async () => {
    const line = (sec: number): string =>
      `::1 - - [14/Nov/2023:22:13:${sec} +0000] "GET / HTTP/1.1" 200 2`;
    const file = await read([20, 20, 20, 20, 21, 21, 22].map(line));
    expect(ms(file)).toEqual([0, 250, 500, 750, 1_125, 1_625, 2_375]);
  });

  test('without a readable request has times alone', async () => {
    const file = await read(['::1 - - [14/Nov/2023:22:13:20 +0000] "\\x16\\x03" 400 0']);
    expect(file.requests).toBeUndefined();
    expect(file.offsetsNs).toHaveLength(1);
  });

  describe('whose requests are wanted', () => {
    const line = (request: string): string =>
      `::1 - - [14/Nov/2023:22:13:20 +0000] "${request}" 200 2`;

    test.each(['-', 'OPTIONS * HTTP/1.1', 'CONNECT a.test:443 HTTP/1.1'])(
      'names the line that has none: %s',
      async (request) => {
        const lines = [line('GET /a HTTP/1.1'), line(request), line('GET /b HTTP/1.1')];
        expect(await refusal(lines, { wantsRequest: true })).toBe(
          `the line must say what it called, a path that begins with /; got "${request.replace(' HTTP/1.1', '')}" (/list:2)`,
        );
        const file = await read(lines, { wantsRequest: true, skipBadLines: true });
        expect(file.requests?.map(({ path }) => path)).toEqual(['/a', '/b']);
        expect(file.skippedLines).toBe(1);
        expect((await read(lines)).offsetsNs).toHaveLength(3);
      },
    );

    test('cuts what was asked of a proxy to its path', async () => {
      const lines = ['http://a.test:80/b?c=/d', 'https://a.test?e=1', 'http://a.test'];
      const file = await read(
        lines.map((url) => line(`GET ${url} HTTP/1.1`)),
        { wantsRequest: true },
      );
      expect(file.requests?.map(({ path }) => path)).toEqual(['/b?c=/d', '/?e=1', '/']);
    });
  });

  test('takes time in proportion to a hostile line', async () => {
    const good = '::1 - - [14/Nov/2023:22:13:20 +0000] "GET / HTTP/1.1" 200 2';
    for (const hostile of ['::1 ' + '['.repeat(900_000), '::1 ' + '[] "'.repeat(225_000)]) {
      expect(await refusal([good, hostile])).toContain('(/list:2)');
    }
    expect((await read([good + ' 1'.repeat(400_000)])).offsetsNs).toHaveLength(1);
  });

  test('that lacks its time is refused with the line', async () => {
    const good = '::1 - - [14/Nov/2023:22:13:20 +0000] "GET / HTTP/1.1" 200 2';
    expect(await refusal([good, '', good.replace('Nov', 'Nof')])).toBe(
      'the line must have a time (2026-11-28T16:40:01.120Z, 28/Nov/2026:16:40:01 +0000, or a number since 1970) in brackets, got [14/Nof/2023:22:13:20 +0000] (/list:3)',
    );
    expect(await refusal([good, 'what'])).toBe(
      'the line must be a line of an access log, got "what" (/list:2)',
    );
  });
});

describe('JSON lines', () => {
  test('with the usual names', async () => {
    const file = await read([
      '{"time":"2023-11-14T22:13:20.5Z","method":"put","path":"/x"}',
      '{"time":"2023-11-14T22:13:20.0Z","path":"/y"}',
    ]);
    expect(ms(file)).toEqual([0, 500]);
    expect(file.requests).toEqual([
      { method: 'GET', path: '/y' },
      { method: 'PUT', path: '/x' },
    ]);
  });

  test('with a field that is named, also inside a map', async () => {
    const lines = ['{"at":{"ms":1700000000000}}', '{"at":{"ms":1700000000007}}'];
    expect(ms(await read(lines, { timeField: 'at.ms' }))).toEqual([0, 7]);
    expect(await refusal(lines, { timeField: 'when' })).toBe(
      'the line must have a field when, got at (/list:1)',
    );
  });

  test('has a time field where lines have fields only', async () => {
    expect(await refusal(['1700000000'], { timeField: 'at' })).toBe(
      '/list is read as plain, whose lines have no field at',
    );
  });

  test('skips bad lines where it may, and counts them', async () => {
    const lines = ['{"ts":1700000000.5}', '{"ts":', '{"ts":"soon"}', '{"ts":1700000001}'];
    expect(await refusal(lines)).toBe('the line must be a JSON object, got "{"ts":" (/list:2)');
    const file = await read(lines, { skipBadLines: true });
    expect(ms(file)).toEqual([0, 500]);
    expect(file.skippedLines).toBe(2);
  });
});

describe('CSV', () => {
  test('with a head line', async () => {
    const file = await read(['timestamp,path', '1700000000123,/a', '1700000000120,"/b,c"']);
    expect(ms(file)).toEqual([0, 3]);
    expect(file.requests?.map(({ path }) => path)).toEqual(['/b,c', '/a']);
  });

  test('names the line of a bad record', async () => {
    expect(await refusal(['time,path', '1700000000123,/a', 'x,/b'])).toBe(
      'the line must have a time (2026-11-28T16:40:01.120Z, 28/Nov/2026:16:40:01 +0000, or a number since 1970) in its field time, got x (/list:3)',
    );
  });
});

describe('a time per line', () => {
  test('in any order is sorted, and the first is 0', async () => {
    const anyOffsets = fc.array(fc.integer({ min: 0, max: 10 ** 10 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(anyOffsets, async (us) => {
        const base = 1_700_000_000_000_000;
        const file = await read(us.map((offset) => String(base + offset)));
        const sorted = us.toSorted((a, b) => a - b);
        expect([...file.offsetsNs]).toEqual(sorted.map((at) => (at - (sorted[0] ?? 0)) * 1_000));
      }),
      { numRuns: 30 },
    );
  });

  test('is exact to the nanosecond over days', async () => {
    const file = await read(['1700000000000000001', '1700864000000000002']);
    expect(file.offsetsNs[1]).toBe(864_000 * NS_PER_SEC + 1);
  });
});

test.each([
  [['hello world'], 'the format of /list is not known by its lines, got "hello world"'],
  [[''], '/list holds no arrival'],
])('%j', async (lines, message) => {
  expect(await refusal(lines)).toBe(message);
});

test('a file that is not there', async () => {
  const error: unknown = await readArrivalFile(join(folder, 'none'), PLAIN).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ code: 'REPLAY_UNREADABLE' });
});

test.each([
  ['ECS, an url with a fragment', { url: { original: 'https://shop.example:8443/a?id=7#top' } }],
  ['ECS, its query apart', { url: { original: '/a#top', query: 'id=7' } }],
  ['OpenTelemetry', { 'url.full': 'http://shop.example/a?id=7#/b?c' }],
  ['Apache as JSON, its query apart', { request_uri: '/a', query_string: '?id=7' }],
  ['nginx as JSON, its query in both', { request_uri: '/a?id=7', args: 'id=7' }],
])('asks for path and query, and for no fragment: %s', async (_, fields) => {
  const line = JSON.stringify({ '@timestamp': '2026-11-28T16:40:01.120Z', ...fields });
  const { requests } = await read([line], { wantsRequest: true });
  expect(requests).toEqual([{ method: 'GET', path: '/a?id=7' }]);
});
