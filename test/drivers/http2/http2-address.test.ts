import { expect, it } from 'vitest';
import { VirtualClock } from '../../../src/core/index.ts';
import { http2Address } from '../../../src/drivers/http2/index.ts';

function address(url: string, via?: string): () => unknown {
  const target = { name: 'orders', url, connections: 1, connectTimeoutNs: 1e9 };
  const clock = new VirtualClock();
  return () => http2Address(via === undefined ? target : { ...target, via }, clock);
}

it('a target over HTTP/2 is behind a proxy by https only', () => {
  const proxy = 'http://127.0.0.1:3128';
  expect(address('https://127.0.0.1:1', proxy)()).toMatchObject({ tls: true, alpn: ['h2'] });
  expect(address('http://127.0.0.1:1')()).toMatchObject({ tls: false, alpn: ['h2'] });
  expect(address('http://127.0.0.1:1', proxy)).toThrow(
    "the url of target 'orders' must be https to go over HTTP/2 through a proxy",
  );
});
