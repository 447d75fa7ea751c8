import { describe, expect, it } from 'vitest';
import { formatEndpoint, parseEndpoint } from '../../src/proxy/index.ts';

describe('parseEndpoint', () => {
  it.each([
    ['127.0.0.1:7203', { host: '127.0.0.1', port: 7203 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
  ])('reads %s, and writes it back', (text, endpoint) => {
    expect(parseEndpoint(text, 'listen')).toEqual(endpoint);
    expect(formatEndpoint(endpoint)).toBe(text);
  });

  it.each(['', '7203', ':7203', '127.0.0.1', '127.0.0.1:', 'host:65536', 'host:-1', '::1:80'])(
    'refuses %j and names the place',
    (text) => {
      expect(() => parseEndpoint(text, 'upstream of proxy payment')).toThrow(
        /^upstream of proxy payment must be host:port, got /u,
      );
    },
  );
});
