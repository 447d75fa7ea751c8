import { describe, expect, it } from 'vitest';
import { callRequests, forestOf, retryOutcomes } from '../../src/spans/index.ts';
import type { Span } from '../../src/core/index.ts';
import { drawnTrace } from './drawn-trace.ts';
import { tableOf } from './generated-traces.ts';

describe('what became of sending calls again', () => {
  it('counts, of attempts behind a failed one, those that failed too', () => {
    const spans = drawnTrace(`
#front/get        |--------------------|
  @!front/charge  | --                 |
  @!front/charge  |    --              |
  @front/charge   |       --           |
    #pay/charge   |       --           |
  @front/stock    |          --        |
    #stock/stock  |          --        |`);
    expect(retryOutcomes(forestOf(tableOf(spans)))).toEqual([
      {
        caller: 'front',
        callee: 'pay',
        operation: 'charge',
        calls: 1,
        attempts: 3,
        retried: 2,
        failedAgain: 1,
      },
      {
        caller: 'front',
        callee: 'stock',
        operation: 'stock',
        calls: 1,
        attempts: 1,
        retried: 0,
        failedAgain: 0,
      },
    ]);
  });

  it('leaves out a hedge, whose loser did not fail but was given up', () => {
    const spans = drawnTrace(`
#front/get        |--------------------|
  @!front/charge  | ----------         |
    #pay/charge   | ------------       |
  @front/charge   |    ----            |
    #pay/charge   |    ----            |`);
    expect(retryOutcomes(forestOf(tableOf(spans)))).toMatchObject([{ retried: 0, failedAgain: 0 }]);
  });
});

describe('what spans say of requests', () => {
  it.each<[string, Readonly<Record<string, string>>, object]>([
    [
      'get-stock',
      { 'http.request.method': 'GET', 'url.full': 'http://stock:80/api/stock?sku=1' },
      { httpMethod: 'GET', path: '/api/stock' },
    ],
    ['POST /api/charges', {}, { httpMethod: 'POST', path: '/api/charges' }],
    ['charge', {}, { httpMethod: '', path: '', rpcService: '' }],
    [
      'charge',
      { 'rpc.service': 'shop.Pay', 'rpc.method': 'Charge' },
      { rpcService: 'shop.Pay', rpcMethod: 'Charge', httpMethod: '' },
    ],
    ['shop.Pay/Charge', {}, { rpcService: 'shop.Pay', rpcMethod: 'Charge' }],
    ['x', { 'rpc.method': '/shop.Pay/Charge' }, { rpcService: 'shop.Pay', rpcMethod: 'Charge' }],
  ])('of %s with %j are %j', (name, attributes, request) => {
    expect(requestsOf([{ name, attributes }])).toMatchObject([request]);
  });

  it('are no path where there are several, and no method', () => {
    const kinds = ['GET', 'POST'].map((method) => ({
      name: 'call',
      attributes: { 'http.request.method': method, 'url.path': `/${method}` },
    }));
    expect(requestsOf(kinds)).toMatchObject([{ httpMethod: '', path: '' }]);
  });
});

function requestsOf(changes: readonly Partial<Span>[]) {
  const [call] = drawnTrace('@front/call |--|');
  const spans = changes.flatMap((change, i) =>
    call ? [{ ...call, ...change, spanId: `000000000000000${i + 1}` }] : [],
  );
  return callRequests(forestOf(tableOf(spans)));
}
