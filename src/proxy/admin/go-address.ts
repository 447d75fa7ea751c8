import { isIPv6 } from 'node:net';

/** An address to listen on as a proxy takes it, or what Go's `net` package says against it. */
export type GoAddress =
  | { readonly listen: string; readonly problem?: never }
  | { readonly listen?: never; readonly problem: string };

const PORT_MAX = 65_535;

/**
 * Returns the address that a client of Toxiproxy asks for: an empty text or host means every
 * interface, an empty port for any free one.
 */
export function goAddress(text: string): GoAddress {
  if (text === '') return { listen: '' };
  const parts = splitHostPort(text);
  if (typeof parts === 'string') return { problem: `address ${text}: ${parts}` };
  const { host, port } = parts;
  if (port === '') return { listen: `${text}0` };
  if (!/^[+-]?\d+$/u.test(port)) return { problem: `lookup tcp/${port}: unknown port` };
  const isPort = Number(port) >= 0 && Number(port) <= PORT_MAX;
  if (!isPort) return { problem: `address ${port}: invalid port` };
  const shown = host.includes(':') ? `[${host}]` : host;
  return { listen: `${shown}:${Number(port)}` };
}

function splitHostPort(text: string): { host: string; port: string } | string {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return 'missing port in address';
  const host = text.slice(0, colon);
  const port = text.slice(colon + 1);
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0) return "missing ']' in address";
    if (end + 1 < colon) return 'too many colons in address';
    if (end > colon) return 'missing port in address';
    const inBrackets = text.slice(1, end);
    return isIPv6(inBrackets) ? { host: inBrackets, port } : 'invalid IPv6 address';
  }
  if (host.includes(':')) return 'too many colons in address';
  if (host.includes('[')) return "unexpected '[' in address";
  if (host.includes(']')) return "unexpected ']' in address";
  return { host, port };
}
