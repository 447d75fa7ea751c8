import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Answer } from '../../src/flow/index.ts';
import { bodyText } from '../../src/flow/body-text.ts';
import { answerOf, scopeOf, stepOf } from './flow-texts.ts';

test.each([
  ['Café', 'latin1', 'text/html; charset=iso-8859-1'],
  ['Café', 'latin1', 'text/html;Charset="ISO-8859-1"; x=1'],
  ['Café', 'utf8', 'text/html; charset=utf8'],
  ['Café', 'utf8', undefined],
  ['Café', 'utf16le', 'text/plain; charset=utf-16le'],
] as const)('%s in %s, %s', (text, encoding, contentType) => {
  expect(bodyText(Buffer.from(text, encoding), contentType)).toBe(text);
});

test('a byte order mark says how to read on, whatever the charset, and is no part of it', () => {
  const wide = Buffer.from('\ufeffCafé', 'utf16le');
  expect(bodyText(wide, 'text/plain; charset=utf-8')).toBe('Café');
  expect(bodyText(Buffer.from(wide).swap16(), undefined)).toBe('Café');
  expect(bodyText(Buffer.from('\ufeffCafé'), 'text/plain; charset=latin1')).toBe('Café');
});

describe('a step', () => {
  function judged(keys: string, body: Buffer, fields: readonly [string, string][]) {
    const flows = stepOf(`http: { path: / }, ${keys}`);
    const [step] = flows.flows[0]?.steps ?? [];
    const answer = new Answer();
    answer.reset(step?.readsFields);
    if (answer.wantsFields) answer.fields.push(...fields);
    answer.addBody(body, 0, body.length);
    return step?.checkResponse(answer, 1, scopeOf(flows));
  }
  const GZIP: readonly [string, string][] = [['content-encoding', 'gzip']];

  test.each(['check: { json: { $.ok: true } }', 'check: { body: "true" }', 'capture: { x: $.ok }'])(
    'reads what is compressed, and what begins with a mark: %s',
    (keys) => {
      const body = Buffer.from('\ufeff{"ok":true}');
      expect(judged(keys, zlib.gzipSync(body), GZIP)).toBe('');
      expect(judged(keys, body, [])).toBe('');
    },
  );

  test.each([
    ['check: { json: { $.ok: true } }', 'check json $.ok'],
    ['check: { body: "true" }', 'check body'],
    ['check: { schema: { type: object } }', 'check schema'],
    ['capture: { x: $.ok }', 'capture x'],
    ['capture: { x: { regex: "ok" } }', 'capture x'],
  ])('says why it cannot: %s', (keys, what) => {
    const body = Buffer.from('{"ok":true}');
    expect(judged(keys, body, GZIP)).toBe(
      `${what}: the body is not what its content-encoding gzip says`,
    );
    expect(judged(keys, body, [['content-encoding', 'exi']])).toBe(
      `${what}: the content-encoding exi is not known`,
    );
    expect(judged(keys, body, [['content-type', 'text/x; charset=klingon']])).toBe(
      `${what}: the charset klingon is not known`,
    );
  });

  test('takes a default where the body cannot be read', () => {
    expect(judged('capture: { x: { json: $.a, default: 1 } }', Buffer.from('x'), GZIP)).toBe('');
  });
});

describe('a regular expression', () => {
  const page = `${'<p>x</p>'.repeat(12_500)}<input name="csrf" value="tok-1">`;
  const judged = (keys: string): string | undefined => {
    const flows = stepOf(`http: { path: / }, ${keys}`);
    return flows.flows[0]?.steps[0]?.checkResponse(answerOf(page), 1, scopeOf(flows));
  };

  test('that finds nothing in the part it sees says which that is', () => {
    expect(judged(`capture: { t: { regex: 'value="(.+?)"' } }`)).toBe(
      'capture t: found nothing in the first 64 KiB (a larger within looks further): /value="(.+?)"/',
    );
    expect(judged(`check: { body: { matches: 'value="' } }`)).toBe(
      'check body: does not match in the first 64 KiB (a larger within looks further): /value="/',
    );
  });

  test('looks further with within', () => {
    expect(judged(`capture: { t: { regex: 'value="(.+?)"', within: 128KiB } }`)).toBe('');
    expect(judged(`check: { body: { matches: 'value="', within: 1MiB } }`)).toBe('');
    expect(judged(`capture: { t: { regex: 'none', within: 128KiB } }`)).toBe(
      'capture t: /none/ found nothing',
    );
  });

  test.each(['17MiB', '10', '1KB'])('takes no within of %s', (within) => {
    expect(() => judged(`capture: { t: { regex: a, within: ${within} } }`)).toThrow(
      'must be 1KiB to 16MiB',
    );
  });

  test('is what within belongs to', () => {
    expect(() => judged('capture: { t: { json: $.a, within: 1MiB } }')).toThrow('must have regex');
    expect(() => judged('check: { body: { equals: a, within: 1MiB } }')).toThrow(
      'must have matches',
    );
  });
});
