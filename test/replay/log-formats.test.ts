import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NS_PER_MS } from '../../src/core/index.ts';
import { readArrivalFile, type ArrivalFile } from '../../src/replay/index.ts';
import { LOGS } from './logs.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-logs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Options = Partial<Parameters<typeof readArrivalFile>[1]>;

async function read(content: string | Buffer, options: Options = {}): Promise<ArrivalFile> {
  const path = join(folder, 'list');
  writeFileSync(path, content);
  return readArrivalFile(path, {
    format: 'auto',
    timeField: undefined,
    methodField: undefined,
    pathField: undefined,
    durationField: undefined,
    durationUnit: undefined,
    timeOf: undefined,
    skipBadLines: false,
    wantsRequest: true,
    ...options,
  });
}

const ms = (file: ArrivalFile): number[] =>
  [...file.offsetsNs].map((ns) => Math.round(ns / NS_PER_MS));
const calls = (file: ArrivalFile): string[] =>
  (file.requests ?? []).map(({ method, path }) => `${method} ${path}`);

const CART = ['GET /cart?id=7', 'POST /cart?id=8'];

describe('a log is known by its lines', () => {
  test.each(LOGS)('%s', async (_, text, apartMs) => {
    const file = await read(text);
    expect(calls(file)).toEqual(CART);
    expect(ms(file)).toEqual([0, apartMs]);
  });

  test.each([
    ['gzip', gzipSync],
    ['Zstandard', zstdCompressSync],
  ])('in %s', async (_, pack) => {
    for (const [, text, apartMs] of [LOGS[0], LOGS[17]].filter((log) => log !== undefined)) {
      const file = await read(pack(Buffer.from(text)));
      expect(calls(file)).toEqual(CART);
      expect(ms(file)).toEqual([0, apartMs]);
    }
  });

  test('also where it begins with other lines', async () => {
    const text = `starting up, ready\n${LOGS[2]?.[1]}`;
    await expect(read(text)).rejects.toThrow(/must be a line of an access log, got "starting up/u);
    const file = await read(text, { skipBadLines: true });
    expect(calls(file)).toEqual(CART);
    expect(file.remarks).toEqual(['1 line left out: 1 not of an access log']);
  });

  test('and what is not known is told what is', async () => {
    await expect(read('what\nis this')).rejects.toMatchObject({
      message: `the format of ${folder}/list is not known by its lines, got "what"`,
      hint: expect.stringContaining('HAProxy (httplog)') as string,
    });
  });
});

describe('escapes are undone, and what may not stand in a path is encoded', () => {
  const access = (request: string): string =>
    `::1 - - [28/Nov/2026:16:40:01 +0000] "${request}" 200 2 "-" "-"\n`;
  const haproxy = (request: string): string =>
    `::1:5 [28/Nov/2026:16:40:01.120] fe app/web1 0/0/1/8/9 200 512 - - ---- 2/2/0/0/0 0/0 "${request}"\n`;

  test.each([
    [
      'nginx',
      access(String.raw`GET /caf\xC3\xA9?q=\x22x\x22&b=\x5Cd HTTP/1.1`),
      '/caf%C3%A9?q=%22x%22&b=%5Cd',
    ],
    [
      'Apache',
      access(String.raw`GET /caf\xc3\xa9?q=\"x\"&b=\\d&t=\t HTTP/1.1`),
      '/caf%C3%A9?q=%22x%22&b=%5Cd&t=%09',
    ],
    [
      'HAProxy',
      haproxy(String.raw`GET /caf#C3#A9?q=#22x#22&b=\d#23f HTTP/1.1`),
      '/caf%C3%A9?q=%22x%22&b=%5Cd%23f',
    ],
    ['none', access(String.raw`GET /q?q="x"&b=\d HTTP/1.1`), '/q?q=%22x%22&b=%5Cd'],
    [
      'nginx in what is meant to be JSON',
      String.raw`{"time":"2026-11-28T16:40:01Z","request":"GET /caf\xC3\xA9?q=\x22x\x22 HTTP/1.1"}`,
      '/caf%C3%A9?q=%22x%22',
    ],
    [
      'JSON',
      String.raw`{"time":"2026-11-28T16:40:01Z","path":"/café?q=\"x\"&b=\\d"}`,
      '/caf%C3%A9?q=%22x%22&b=%5Cd',
    ],
    ['raw bytes', access('GET /café?à={1|2} HTTP/1.1'), '/caf%C3%A9?%C3%A0=%7B1%7C2%7D'],
    [
      'what is encoded already stays',
      access('GET /a%20b?x=%C3%A9&y[]=1%zz HTTP/1.1'),
      '/a%20b?x=%C3%A9&y[]=1%zz',
    ],
  ])('%s', async (_, text, path) => {
    expect(calls(await read(text))).toEqual([`GET ${path}`]);
  });

  test('every byte survives the escapes of nginx, of Apache and of HAProxy', async () => {
    for (let byte = 0x21; byte < 0x100; byte++) {
      const hex = byte.toString(16).toUpperCase().padStart(2, '0');
      const wanted = encodeURIComponent(decodeURIComponent(`%${byte < 0x80 ? hex : '41'}`));
      for (const text of [access(`GET /\\x${hex} HTTP/1.1`), haproxy(`GET /#${hex} HTTP/1.1`)]) {
        const [call = ''] = calls(await read(text));
        const sent = call.slice('GET /'.length);
        if (byte >= 0x80) expect(sent).toBe(`%${hex}`);
        else expect([wanted, `%${hex}`, String.fromCharCode(byte)]).toContain(sent);
      }
    }
  });

  test('what cannot be undone or sent is counted by its reason', async () => {
    const bad = [
      String.raw`GET /a\q HTTP/1.1`,
      'GET /with space HTTP/1.1',
      String.raw`\x16\x03\x01`,
      'OPTIONS * HTTP/1.1',
      '-',
    ];
    const file = await read([...bad, 'GET /good HTTP/1.1'].map(access).join(''), {
      skipBadLines: true,
    });
    expect(calls(file)).toEqual(['GET /good']);
    expect(file.remarks[0]).toBe(
      '5 lines left out: 1 with escapes that cannot be undone, 1 with a space or a line end in the path, 3 without a path',
    );
    const lines = `${haproxy('GET /cut')}${haproxy('<BADREQ>')}${haproxy('GET /a#zz HTTP/1.1')}${haproxy('GET /good HTTP/1.1')}`;
    expect((await read(lines, { skipBadLines: true })).remarks[0]).toBe(
      '3 lines left out: 1 cut off, 1 without a path, 1 with escapes that cannot be undone',
    );
  });
});

describe('a time of an answer', () => {
  const nginx = (rest: string, second = 1): string =>
    `::1 - - [28/Nov/2026:16:40:0${second} +0000] "GET /a HTTP/1.1" 200 2 "-" "curl"${rest}\n`;

  test.each([
    ['$msec and $request_time', ' 1796230801.620 0.500', ' 1796230801.490 0.010'],
    ['$request_time and $msec', ' 0.500 1796230801.620', ' 0.010 1796230801.490'],
    ['a text rt=', ' rt=0.500 uct="0.001" urt="0.499" 1796230801.620', ' rt=0.010 1796230801.490'],
    ['in ms', ' 500.123 ms 1796230801.620', ' 10.123 ms 1796230801.490'],
    [
      'ingress',
      ' 423 0.500 [a] [] 10.0.0.1:80 5 0.499 200 ab 1796230801.620',
      ' 423 0.010 [a] [] 10.0.0.1:80 5 0.010 200 ab 1796230801.490',
    ],
  ])('gives what the request took: %s', async (_, first, second) => {
    const file = await read(nginx(first) + nginx(second));
    expect(ms(file)).toEqual([0, 360]);
    expect(file.remarks).toEqual([expect.stringContaining('is taken off 2 times')]);
  });

  test('that is to the second is spread before the duration is taken off', async () => {
    const file = await read(nginx(' 0.100') + nginx(' 0.400') + nginx(' 0.100', 2));
    expect(ms(file)).toEqual([0, 200, 1_250]);
  });

  test('without a duration is said, unless the file is told whose time it is', async () => {
    const plain = nginx('') + nginx('');
    expect((await read(plain)).remarks).toEqual([
      '2 times may be of when an answer was over, as nginx writes it, with no duration beside: what waited together is replayed as a burst. Log the duration too ($request_time), or name its field (durationField). Where they are of requests, as Apache writes them, write timeOf: start',
    ]);
    expect((await read(plain, { timeOf: 'start' })).remarks).toEqual([]);
    expect((await read(nginx(' 1796230801.620'))).remarks).toEqual([
      '1 time is of when an answer was over, with no duration beside: what waited together is replayed as a burst. Log the duration too ($request_time), or name its field (durationField)',
    ]);
  });

  test('by a field that is named', async () => {
    const apache = nginx(' 500000') + nginx(' 140000');
    const byWord = await read(apache, { durationField: '10', durationUnit: 'us' });
    expect(ms(byWord)).toEqual([0, 860]);
    const json = [
      '{"at":"2026-11-28T16:40:01.620Z","verb":"put","to":"/a","wait":500}',
      '{"at":"2026-11-28T16:40:01.490Z","verb":"put","to":"/b","wait":10}',
    ];
    const named = await read(json.join('\n'), {
      timeField: 'at',
      methodField: 'verb',
      pathField: 'to',
      durationField: 'wait',
      durationUnit: 'ms',
    });
    expect(calls(named)).toEqual(['PUT /a', 'PUT /b']);
    expect(ms(named)).toEqual([0, 360]);
  });

  test('is no time of an answer where a list says nothing of one', async () => {
    const file = await read('{"time":1,"path":"/a"}\n{"time":2,"path":"/b"}');
    expect(file.remarks).toEqual([]);
  });
});
