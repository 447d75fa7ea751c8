import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/cli/actions/load-scenario.ts';
import { compileFlows, type CompiledStep } from '../../src/flow/index.ts';
import { readScenario, resolveReferences } from '../../src/scenario/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';
import { fileOf, scopeOf } from '../flow/flow-texts.ts';

const folder = mkdtempSync(join(tmpdir(), 'bodies-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every byte there is, which is no text. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
writeFileSync(join(folder, 'all.bin'), BYTES);

const ROWS = `feeders: { u: { rows: [{ user: ada, password: "p&ss+w=rd%1 ü" }] } }\n`;

function fileWith(http: string): string {
  const step = `step: s, target: orders, http: { method: POST, path: /, ${http} }`;
  return fileOf(`${ROWS}flows:\n  first:\n    - { ${step} }\n`);
}

/** Returns the only step of a file that was read from its folder, as another thread has it. */
async function stepWith(http: string): Promise<{ step: CompiledStep; request: Sent }> {
  const path = join(folder, 's.yaml');
  writeFileSync(path, fileWith(http));
  const read = resolveReferences(await readScenario(path), {
    env: { NAME: 'a b' },
    services: new Map(),
    proxies: new Map(),
  } as never);
  const flows = compileFlows(structuredClone(asReady(read)));
  const [step] = flows.flows[0]?.steps ?? [];
  if (step === undefined) throw new Error('there is one step');
  return { step, request: step.render(scopeOf(flows)) };
}

type Sent = ReturnType<CompiledStep['render']>;

/** Returns what a body in parts holds, as the platform reads it. */
async function formData({ headers, bytes }: Sent): Promise<FormData> {
  const [, contentType = ''] = headers.find(([name]) => name === 'content-type') ?? [];
  const body = Uint8Array.from(bytes ?? []);
  return new Response(body, { headers: { 'content-type': contentType } }).formData();
}

describe('a file', () => {
  test('is sent as it is', async () => {
    const { step, request } = await stepWith('body: { file: all.bin }');
    expect(step.isConstant).toBe(true);
    expect(Buffer.from(request.bytes ?? [])).toEqual(BYTES);
    expect(request.headers).toEqual([]);
  });

  test('is named with its place where it is missing', async () => {
    await expect(stepWith('body: { file: none.bin }')).rejects.toThrow(
      /none\.bin.*no such file.*flows\.first\[0\]\.http\.body\.file/u,
    );
  });

  test('has no reference in its name', () => {
    expect(() => parseScenario(fileWith('body: { file: "${u.user}.bin" }'), 'f.yaml')).toThrow(
      'the file is read before the run',
    );
  });
});

test.each([
  ['all.bin', BYTES, true],
  ['nul.txt', Buffer.from('a\0b'), true],
  ['mark.txt', Buffer.from('\ufeff{"a":1}'), true],
  ['text.json', Buffer.from('{"a": "ü ${x}"}\r\n'), false],
])('load -b @%s sends the bytes of the file', (name, content, isBytes) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  const { flows } = loadScenario('http://127.0.0.1:1/', {
    duration: '1s',
    connections: '1',
    header: [],
    body: `@${path}`,
    timeout: '1s',
    warmUp: '0',
    threshold: [],
  });
  const { body, bytes } = flows[0]?.steps[0]?.call.request ?? {};
  expect(bytes !== undefined).toBe(isBytes);
  expect(Buffer.from(bytes ?? body ?? '')).toEqual(content);
});

describe('a form', () => {
  test('encodes its values once they are filled in', async () => {
    const { request } = await stepWith(
      'form: { user: "${u.user}", password: "${u.password}", "a b": [1.0, "x&${u.user}", true], env: "${env.NAME}" }',
    );
    expect(request.headers).toEqual([['content-type', 'application/x-www-form-urlencoded']]);
    expect(request.body).toBe(
      'user=ada&password=p%26ss%2Bw%3Drd%251+%C3%BC&a+b=1.0&a+b=x%26ada&a+b=true&env=a+b',
    );
    expect([...new URLSearchParams(request.body)][1]).toEqual(['password', 'p&ss+w=rd%1 ü']);
  });

  test('sends values that are empty, and nothing for a list without any', async () => {
    const { request } = await stepWith('form: { q: "", "tags[]": [a, ""], none: [] }');
    expect(request.body).toBe('q=&tags%5B%5D=a&tags%5B%5D=');
  });

  test('law: is read as it was written', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 });
    const text = fc.string({ unit: 'grapheme', maxLength: 10 });
    const pairs = fc.dictionary(name, text, { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(pairs, (form) => {
        fc.pre(!JSON.stringify(form).includes('${'));
        const file = fileWith(`form: ${JSON.stringify(form)}`);
        const [step] = parseScenario(file, 'f.yaml').flows[0]?.steps ?? [];
        expect([...new URLSearchParams(step?.call.request.body)]).toEqual(Object.entries(form));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a body in parts', () => {
  const PARTS =
    'multipart: { title: "n ${u.password}", note: [a, { value: b, type: text/x-note }], photo: { file: all.bin, type: image/png, filename: \'a"b.png\' } }';

  test('is what the platform reads it as', async () => {
    const { step, request } = await stepWith(PARTS);
    expect(step.isConstant).toBe(false);
    const data = await formData(request);
    expect(data.get('title')).toBe('n p&ss+w=rd%1 ü');
    expect(data.getAll('note')).toEqual(['a', 'b']);
    const photo = data.get('photo') as File;
    expect(photo.type).toBe('image/png');
    expect(Buffer.from(await photo.arrayBuffer())).toEqual(BYTES);
    const text = Buffer.from(request.bytes ?? []).toString('latin1');
    expect(text).toContain('name="note"\r\ncontent-type: text/x-note\r\n\r\nb\r\n');
    expect(text).toContain('filename="a%22b.png"');
  });

  test('has parts that are empty', async () => {
    const { request } = await stepWith('multipart: { a: "", b: { value: "" }, c: [] }');
    expect([...(await formData(request))]).toEqual([
      ['a', ''],
      ['b', ''],
    ]);
  });

  test('is built once where nothing is filled in, with the boundary of its seed', async () => {
    const parts = 'multipart: { a: 1.50, f: { file: all.bin } }';
    const { step, request } = await stepWith(parts);
    expect(step.isConstant).toBe(true);
    const data = await formData(request);
    expect(data.get('a')).toBe('1.50');
    expect((data.get('f') as File).name).toBe('all.bin');
    const again = await stepWith(parts);
    expect(again.request).toEqual(request);
  });

  test('must not be held by its own file', async () => {
    const { request } = await stepWith('multipart: { f: { file: all.bin } }');
    const boundary = request.headers[0]?.[1].split('boundary=')[1] ?? '';
    writeFileSync(join(folder, 'bad.bin'), `x${boundary}`);
    await expect(stepWith('multipart: { f: { file: bad.bin } }')).rejects.toThrow(
      'bad.bin holds the boundary',
    );
  });
});

test.each([
  ['body: a, form: { a: 1 }', 'must have one of body and form, not both'],
  ['json: 1, multipart: { a: 1 }', 'must have one of json and multipart, not both'],
  ['form: { "${u.user}": 1 }', 'must hold no reference'],
  ['form: { a: { b: 1 } }', 'must be a text, a number, true or false, or a list of those'],
  ['form: { a: "${nobody}" }', 'unknown reference ${nobody}'],
  ['multipart: { a: { type: x } }', 'must have exactly one of value and file'],
  ['multipart: { a: { file: all.bin, name: x } }', 'unknown key "name"'],
  ['headers: { Content-Type: x }, multipart: { a: 1 }', 'must have no header content-type'],
])('%s is refused', (http, problem) => {
  expect(() => parseScenario(fileWith(http), 'f.yaml')).toThrow(problem);
});
