import { describe, expect, it } from 'vitest';

import { requestMatcher, type RequestFacts, type RequestMatch } from '../../../src/toxics/index.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const HEADERS: Readonly<Record<string, string>> = { 'x-tenant': 'gold, silver', host: 'shop.test' };
const REQUEST: RequestFacts = {
  method: 'POST',
  path: '/api/orders/17',
  header: (name) => HEADERS[name],
  traceId: TRACE,
  spanId: undefined,
  baggage: (key) => (key === 'user' ? 'bob jones' : undefined),
};

describe('a match on requests', () => {
  it.each<[string, RequestMatch, boolean]>([
    ['nothing said', {}, true],
    ['one of the methods', { methods: ['GET', 'post'] }, true],
    ['another method', { methods: ['GET'] }, false],
    ['a path of so many parts', { path: '/api/*/*' }, true],
    ['a star that would have to run over a slash', { path: '/api/*' }, false],
    ['two stars that run over slashes', { path: '/api/**' }, true],
    ['a header by name in any case', { headers: { 'X-Tenant': 'gold*' } }, true],
    ['one member of a list', { headers: { 'x-tenant': 'silver' } }, true],
    ['a header that is not there', { headers: { 'x-none': '*' } }, false],
    ['the trace', { trace: TRACE.toUpperCase() }, true],
    ['another trace', { trace: TRACE.replace('4', '5') }, false],
    ['an entry of baggage', { baggage: { user: 'bob *' } }, true],
    ['an entry that is not there', { baggage: { team: '*' } }, false],
    ['all of several', { methods: ['POST'], path: '/api/**', baggage: { user: '*' } }, true],
    ['all but one of several', { methods: ['POST'], path: '/api/**', trace: 'a' }, false],
  ])('%s', (_name, match, isMeant) => {
    expect(requestMatcher(match)(REQUEST)).toBe(isMeant);
  });
});
