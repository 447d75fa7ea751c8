import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toxicIndex } from '../../scripts/toxic-index.ts';
import { TOXIC_KINDS } from '../../src/toxics/index.ts';
import { wireName } from '../../src/proxy/admin/wire-settings.ts';
import * as toxics from '../../src/toxics/toxics/index.ts';

const root = join(import.meta.dirname, '../..');

describe('the catalogue', () => {
  it('lists every file of its folder, and nothing else', () => {
    const written = readFileSync(join(root, 'src/toxics/toxics/index.ts'), 'utf8');
    expect(written).toBe(toxicIndex());
  });

  it('has for each type one export of the same name', () => {
    expect(TOXIC_KINDS.size).toBe(Object.keys(toxics).length);
    for (const [name, kind] of Object.entries(toxics)) expect(camelCase(kind.type)).toBe(name);
  });

  it("has all of Toxiproxy's", () => {
    const theirs = [...TOXIC_KINDS.values()].filter(({ isToxiproxys }) => isToxiproxys);
    expect(theirs.map(({ type }) => type)).toEqual([
      'bandwidth',
      'latency',
      'limit_data',
      'noop',
      'reset_peer',
      'slicer',
      'slow_close',
      'timeout',
    ]);
  });

  it.each([...TOXIC_KINDS.values()].map((kind) => [kind.type, kind] as const))(
    '%s says what it does and what it can be told',
    (_, kind) => {
      expect(kind.description).toMatch(/^[A-Z].*\.$/u);
      const settings = Object.values(kind.settings);
      expect(new Set(settings.map((setting) => wireName(setting))).size).toBe(settings.length);
      for (const setting of settings) {
        expect(setting.name).toMatch(/^[a-z][a-zA-Z]*$/u);
        expect(setting.description).toMatch(/^[A-Za-z0-9].*\.$/u);
        expect(setting.example).not.toBeUndefined();
      }
    },
  );
});

function camelCase(type: string): string {
  return type.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}
