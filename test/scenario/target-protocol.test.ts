import { describe, expect, it } from 'vitest';
import { changed, errorOf, parse } from './texts.ts';

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
    ['protocol: http3', 'must be http1, http2 or grpc'],
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
});
