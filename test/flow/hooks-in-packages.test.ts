import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

// By Node itself: the runner of these tests reads every module as an ES module.

const LOADER = pathToFileURL(join(import.meta.dirname, '../../src/flow/import-module.ts')).href;
const TYPES = 'type Context = { number: number };\n';
const SIGN = 'export function sign(context) { return "signed" }\n';

let folder = '';
afterEach(() => rmSync(folder, { recursive: true }));

describe('hooks in a package', () => {
  test.each([
    [
      'commonjs',
      'hooks.ts',
      `${TYPES}export function sign(context: Context) { return "signed" }\n`,
    ],
    [
      'commonjs',
      'hooks.ts',
      'import { word } from "./word.ts";\nexport const sign = () => word;\n',
    ],
    ['commonjs', 'hooks.js', SIGN],
    ['commonjs', 'hooks.mjs', SIGN],
    ['commonjs', 'hooks.mts', `${TYPES}${SIGN}`],
    ['commonjs', 'hooks.cjs', 'exports.sign = () => "signed";\n'],
    ['commonjs', 'hooks.ts', 'exports.sign = (context: object) => "signed";\n'],
    [undefined, 'hooks.ts', SIGN],
    [undefined, 'hooks.js', 'module.exports = { sign: () => "signed" };\n'],
    ['module', 'hooks.ts', SIGN],
  ])('of type %s load from %s', (type, name, source) => {
    write({ type, name, source });
    expect(signedBy(name)).toBe('signed');
  });

  test('that are wrong in themselves are refused for what is wrong', () => {
    write({ type: 'commonjs', name: 'hooks.ts', source: 'export function sign( {\n' });
    expect(() => signedBy('hooks.ts')).toThrow(/SyntaxError/u);
  });
});

function write(hooks: {
  readonly type: string | undefined;
  readonly name: string;
  readonly source: string;
}): void {
  folder = mkdtempSync(join(tmpdir(), 'hooks-of-package-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'mine', type: hooks.type }));
  writeFileSync(join(folder, 'word.ts'), 'export const word: string = "signed";\n');
  writeFileSync(join(folder, hooks.name), hooks.source);
}

function signedBy(name: string): string {
  const path = JSON.stringify(join(folder, name));
  const script = `const { importModule } = await import(${JSON.stringify(LOADER)});
    const { sign } = await importModule(${path}); process.stdout.write(sign({}));`;
  const options = { encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], options);
}
