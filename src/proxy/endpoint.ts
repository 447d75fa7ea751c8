import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { errorText, HarnessError } from '../core/index.ts';

/** A TCP address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const ENDPOINT = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/u;

/**
 * Returns the parts of `host:port` or `[v6]:port`; port 0 asks for a free one. `subject` names the
 * text's origin in the message.
 * @throws LISTEN_FAILED when the text is no such address.
 */
export function parseEndpoint(text: string, subject: string): Endpoint {
  const groups = ENDPOINT.exec(text)?.groups;
  const host = groups?.['v6'] ?? groups?.['host'];
  const port = Number(groups?.['port']);
  if (host === undefined || port > 65_535) {
    throw new HarnessError('LISTEN_FAILED', `${subject} must be host:port, got ${text}`, {
      hint: 'Write an address such as 127.0.0.1:7203, with a port from 0 to 65535.',
    });
  }
  return { host, port };
}

/**
 * Returns the address that `host:port` asks to listen on, the host as a number, IPv4 where it has
 * both. As with Toxiproxy, `:port` is that port of every interface and the empty text any free one.
 * @throws LISTEN_FAILED when the text is no such address, or nobody knows the host.
 */
export async function resolveListen(text: string, subject: string): Promise<Endpoint> {
  if (text === '') return { host: '', port: 0 };
  if (text.startsWith(':')) return { ...parseEndpoint(`localhost${text}`, subject), host: '' };
  const { host, port } = parseEndpoint(text, subject);
  if (isIP(host) !== 0) return { host, port };
  try {
    const { address } = await lookup(host, { order: 'ipv4first' });
    return { host: address, port };
  } catch (cause) {
    const message = `${subject} has a host that nobody knows, got ${text}: ${errorText(cause)}`;
    const hint = 'Write the number of an address of this machine, such as 127.0.0.1.';
    throw new HarnessError('LISTEN_FAILED', message, { hint, cause });
  }
}

/**
 * Returns where to connect for an upstream; `:port` is this machine's. Undefined where the text is
 * no address that can be dialled: as with Toxiproxy, a proxy may have it, and closes its clients.
 */
export function dialEndpoint(upstream: string): Endpoint | undefined {
  try {
    const endpoint = parseEndpoint(
      upstream.startsWith(':') ? `localhost${upstream}` : upstream,
      'upstream',
    );
    return endpoint.port === 0 ? undefined : endpoint;
  } catch {
    return undefined;
  }
}

/** Returns the endpoint as one text, an IPv6 host in brackets. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
