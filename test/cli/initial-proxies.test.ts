import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { initialProxies } from '../../src/cli/initial-proxies.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-'));
  file = join(folder, 'proxies.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Writes proxies, some words behind them, and returns the option for it. */
function config(proxies: readonly unknown[], behind = ''): string {
  writeFileSync(file, JSON.stringify(proxies) + behind);
  return file;
}

const PAY = { name: 'pay', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' };

it('takes those of the file, then those of the options, each with its place', () => {
  const wanted = initialProxies({
    config: config([PAY]),
    proxy: ['web=,:2,http', 'raw=,:3'],
  });
  expect(wanted.map(({ spec, location }) => [spec.name, spec.protocol, location])).toEqual([
    ['pay', 'tcp', `${file}, proxy 1 (pay)`],
    ['web', 'http', '--proxy web'],
    ['raw', 'tcp', '--proxy raw'],
  ]);
});

it.each<[string, string, RegExp, readonly unknown[], readonly string[], string?]>([
  [
    'a name in both',
    'USAGE_INVALID',
    /named pay \(.+, proxy 1 \(pay\); --proxy pay\)/u,
    [PAY],
    ['pay=,:2'],
  ],
  ['a name twice', 'USAGE_INVALID', /named a \(--proxy a; --proxy a\)/u, [], ['a=,:1', 'a=,:2']],
  ['no upstream to dial', 'PROXIES_INVALID', /got nonsense \(--proxy a\)/u, [], ['a=,nonsense']],
  [
    'none in the file',
    'PROXIES_INVALID',
    /got :0 \(.+, proxy 1/u,
    [{ ...PAY, upstream: ':0' }],
    [],
  ],
  [
    'text after the list',
    'PROXIES_INVALID',
    /after JSON at position \d+ .* \(.+\.json\)/u,
    [PAY],
    [],
    ' x',
  ],
  ['no option', 'USAGE_INVALID', /--proxy must be name=listen/u, [], ['a']],
  ['a long name', 'PROXIES_INVALID', /over 255 characters/u, [], [`${'a'.repeat(256)}=,:1`]],
])('refuses %s', (_what, code, message, filed, proxy, behind) => {
  const asked = (): unknown => initialProxies({ config: config(filed, behind), proxy });
  expect(asked).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
  );
});
