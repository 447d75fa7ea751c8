import { describe, expect, it } from 'vitest';

import { routeOf } from '../../../src/proxy/admin/admin-routes.ts';

describe('routeOf', () => {
  it.each([
    ['GET', '/proxies/a%20b/toxics/c%3Fd', { action: 'showToxic', proxy: 'a b', toxic: 'c?d' }],
    ['PATCH', '/proxies/a?x=/../y', { action: 'updateProxy', proxy: 'a' }],
    ['GET', 'http://127.0.0.1:8474/version', { action: 'version' }],
    ['LOCK', '/metrics', { action: 'metrics' }],
  ])('finds %s %s', (method, target, found) => {
    expect(routeOf(method, target)).toMatchObject({ kind: 'action', ...found });
  });

  it.each([
    ['//proxies', '/proxies'],
    ['/proxies/../x y/./z?q=1', '/x%20y/z?q=1'],
    ['/a//b/', '/a/b/'],
    ['//evil.example/..', '/'],
    ['/..//%0d%0ax', '/%0D%0Ax'],
  ])('sends %s to %s', (target, location) => {
    expect(routeOf('GET', target)).toEqual({ kind: 'moved', location });
  });

  it('tells an unknown path from an unknown method and a broken path', () => {
    expect(routeOf('GET', '/proxies/a%2Fb').kind).toBe('unknown-path');
    expect(routeOf('GET', '*').kind).toBe('moved');
    expect(routeOf('PUT', '/proxies').kind).toBe('unknown-method');
    expect(routeOf('GET', '/proxies/%f').kind).toBe('bad-path');
  });
});
