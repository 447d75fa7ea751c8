import { describe, expect, it } from 'vitest';

import { editHeaders, type HeaderField } from '../../../src/toxics/index.ts';

const FIELDS: readonly HeaderField[] = [
  ['Host', 'a'],
  ['X-B', '1'],
  ['Cookie', 'c'],
  ['x-b', '2'],
];

describe('editing headers', () => {
  it('keeps place, case and doubles of what is not named', () => {
    expect(editHeaders(FIELDS, [{ remove: ['COOKIE'], set: {}, add: {} }])).toEqual([
      ['Host', 'a'],
      ['X-B', '1'],
      ['x-b', '2'],
    ]);
  });

  it('sets in place of the first and adds beside', () => {
    const edits = [{ remove: [], set: { 'x-B': '9', New: 'n' }, add: { Host: 'z' } }];
    expect(editHeaders(FIELDS, edits)).toEqual([
      ['Host', 'a'],
      ['X-B', '9'],
      ['Cookie', 'c'],
      ['New', 'n'],
      ['Host', 'z'],
    ]);
  });

  it('edits in turn', () => {
    const set = { remove: [], set: { 'x-b': '9' }, add: {} };
    const remove = { remove: ['x-b'], set: {}, add: {} };
    expect(editHeaders([], [set, remove])).toEqual([]);
    expect(editHeaders([], [remove, set])).toEqual([['x-b', '9']]);
  });

  it('lets no line break through, and no name that is none', () => {
    const set = { 'x-a': 'b\r\nSet-Cookie: c', 'bad name': 'd', '': 'e' };
    expect(editHeaders([], [{ remove: [], set, add: {} }])).toEqual([['x-a', 'b??Set-Cookie: c']]);
  });
});
