import { describe, expect, it } from 'vitest';

import { edited } from '../../../src/proxy/http/http2/header-fields.ts';

const NOTHING = { remove: [], set: {}, add: {} };

describe('headers of HTTP/2 after edits', () => {
  it('are without those that it does not know, and have te only as trailers', () => {
    const set = {
      Connection: 'x',
      'Keep-Alive': '1',
      'HTTP2-Settings': 'x',
      TE: 'gzip',
      'X-A': '1',
    };
    expect(edited([':status', '200'], [{ ...NOTHING, set }])).toEqual([
      ':status',
      '200',
      'x-a',
      '1',
    ]);
    expect(edited([], [{ ...NOTHING, add: { TE: 'Trailers' } }])).toEqual(['te', 'Trailers']);
  });

  it('stay as they came without edits', () => {
    const raw = ['te', 'gzip', 'Upgrade', 'x'];
    expect(edited(raw, [])).toBe(raw);
  });
});
