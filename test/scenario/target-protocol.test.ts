import { describe, expect, it } from 'vitest';
import { VERSIONS } from '../../src/scenario/protocols/index.ts';
import { changed, errorOf, parse } from './texts.ts';

const versions = [...VERSIONS.keys()];

const URL_LINE = 'orders: { url: "http://127.0.0.1:7101" }';

function withTarget(more: string): string {
  return changed(URL_LINE, `orders: { url: "http://127.0.0.1:7101", ${more} }`);
}

describe('the protocol of a target', () => {
  it('is HTTP/1.1 where the file does not say', () => {
    const [target] = parse(changed(URL_LINE, URL_LINE)).targets;
    expect(target).not.toHaveProperty('protocol');
    expect(target?.connections).toBe(64);
  });

  it('http2 has few connections, and as many as its users take', () => {
    expect(parse(withTarget('protocol: http2')).targets).toMatchObject([
      { protocol: 'http2', connections: 4 },
    ]);
    const users = withTarget('protocol: http2, streams: 10').replace(
      'arrivals: { rate: 50/s }',
      'users: 95',
    );
    expect(parse(users).targets).toMatchObject([{ streams: 10, connections: 10 }]);
  });

  it.each([
    ['protocol: http3', `protocol must be ${versions.join(', ').replace(/, (?=\w+$)/u, ' or ')}`],
    ['streams: 10', 'must have protocol: http2 or grpc beside streams'],
    ['protocol: http2, streams: 0', 'streams'],
    [
      'protocol: http2, via: "http://127.0.0.1:3128"',
      'via cannot stand beside http2 to an http url',
    ],
  ])('refuses %s', (more, message) => {
    expect(errorOf(() => parse(withTarget(more))).message).toContain(message);
  });

  it('http2 goes through a proxy to an https url, grpc not to the url of a service', () => {
    const secure = withTarget('protocol: http2, via: "http://127.0.0.1:3128"').replace(
      'http://127.0.0.1:7101',
      'https://127.0.0.1:7101',
    );
    expect(parse(secure).targets).toMatchObject([{ protocol: 'http2' }]);
    const service = withTarget('protocol: grpc, via: "http://127.0.0.1:3128"').replace(
      'http://127.0.0.1:7101',
      '${services.orders.url}',
    );
    expect(errorOf(() => parse(service)).message).toContain('via cannot stand beside grpc');
  });

  describe('is gRPC by its step alone', () => {
    const byStep = (more: string): string =>
      changed(
        'http: { path: /api/orders }',
        'grpc: { method: shop.Orders/Create }',
        withTarget(more),
      );
    const written = (more: string): string => byStep(`protocol: grpc, ${more}`);
    const users = (text: string): string => changed('arrivals: { rate: 50/s }', 'users: 100', text);

    it('shares connections between users, as where it is written', () => {
      const targets = [{ protocol: 'grpc', connections: 2 }];
      expect(parse(users(byStep('connections: 2'))).targets).toMatchObject(targets);
      expect(parse(users(written('connections: 2'))).targets).toMatchObject(targets);
    });

    it('has streams', () => {
      expect(parse(byStep('streams: 10')).targets).toMatchObject([{ streams: 10 }]);
    });

    it.each([
      ['a connection for too few of them', users(byStep('connections: 2, streams: 10'))],
      ['a proxy in the clear', byStep('via: "http://127.0.0.1:3128"')],
    ])('refuses %s, as where it is written', (_, text) => {
      const asWritten = text.replace('7101", ', '7101", protocol: grpc, ');
      const place = /orders\.\w+, .*/u;
      const refusal = errorOf(() => parse(text)).message;
      expect(errorOf(() => parse(asWritten)).message.replace(place, '')).toBe(
        refusal.replace(place, ''),
      );
    });
  });
});
