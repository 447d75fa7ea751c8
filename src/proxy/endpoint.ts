import { HarnessError } from '../core/index.ts';

/** A TCP address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const ENDPOINT = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/u;

/**
 * Returns the parts of `host:port` or `[v6]:port`; port 0 asks for a free one. `place` names the
 * text's origin in the message.
 * @throws LISTEN_FAILED when the text is no such address.
 */
export function parseEndpoint(text: string, place: string): Endpoint {
  const groups = ENDPOINT.exec(text)?.groups;
  const host = groups?.['v6'] ?? groups?.['host'];
  const port = Number(groups?.['port']);
  if (host === undefined || port > 65_535) {
    throw new HarnessError('LISTEN_FAILED', `${place} must be host:port, got ${text}`, {
      hint: 'Write an address such as 127.0.0.1:7203, with a port from 0 to 65535.',
    });
  }
  return { host, port };
}

/** Returns the endpoint as one text, an IPv6 host in brackets. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
