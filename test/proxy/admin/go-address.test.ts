import { describe, expect, it } from 'vitest';

import { goAddress } from '../../../src/proxy/admin/go-address.ts';

describe('goAddress', () => {
  it.each([
    ['', ''],
    [':0', ':0'],
    ['localhost:', 'localhost:0'],
    ['127.0.0.1:080', '127.0.0.1:80'],
    ['[::1]:80', '[::1]:80'],
  ])('takes %j', (text, listen) => {
    expect(goAddress(text)).toEqual({ listen });
  });

  it.each([
    ['foo', 'address foo: missing port in address'],
    ['a:b:c', 'address a:b:c: too many colons in address'],
    ['[::1', "address [::1: missing ']' in address"],
    ['[::1]', 'address [::1]: missing port in address'],
    ['[::1]:1:2', 'address [::1]:1:2: too many colons in address'],
    ['a[b:1', "address a[b:1: unexpected '[' in address"],
    ['a]b:1', "address a]b:1: unexpected ']' in address"],
    ['127.0.0.1:65536', 'address 65536: invalid port'],
    ['127.0.0.1:-1', 'address -1: invalid port'],
    ['127.0.0.1:http', 'lookup tcp/http: unknown port'],
  ])('says of %j what Go says', (text, problem) => {
    expect(goAddress(text)).toEqual({ problem });
  });
});
