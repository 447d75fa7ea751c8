import { hostname } from 'node:os';
import { BlockList, isIP } from 'node:net';

/** What of a request says who sends it; node:http's IncomingMessage has it. */
export interface RequestHead {
  readonly url?: string | undefined;
  readonly headers: {
    readonly host?: string | undefined;
    readonly origin?: string | undefined;
    readonly 'sec-fetch-site'?: string | string[] | undefined;
  };
}

/** Under which names a server of callgauge is called. */
export interface ServedAt {
  /** The host that it was asked to listen on; '' for every address of the machine. */
  readonly host: string;
  /** Further names, which the user allows (`--allow-host`). */
  readonly allowedHosts?: readonly string[];
}

/**
 * Returns why a request is not let in, in one sentence with the value seen, the value wanted and
 * the fix; undefined where it is let in.
 *
 * Programs are let in, web pages are not: a page that a developer visits can reach every port of
 * the developer's machine. A browser gives it away in two ways. It names the page in `Origin` or
 * `Sec-Fetch-Site`; `none` there is a person who typed the address. Or the page's own name leads
 * here, which its owner can arrange (DNS rebinding): then that name is in `Host`.
 *
 * docs/adr/0024-programs-only.md says why, and which names of `Host` are taken.
 */
export function webRefusal({ url = '', headers }: RequestHead, at: ServedAt): string | undefined {
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) return fromPage('Origin', origin, 'absent');
  if (site !== undefined && String(site) !== 'none') {
    return fromPage('Sec-Fetch-Site', String(site), 'absent or none');
  }
  const [, authority] = /^https?:\/\/([^/?#]*)/iu.exec(url) ?? [];
  const wrong = [authority, headers.host].find((name) => !isOurs(name ?? '', at));
  return wrong === undefined ? undefined : wrongHost(wrong, at);
}

/** Returns whether a host, a name or an address without brackets, is this machine's loopback. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  const version = isIP(name);
  if (version !== 0) return LOOPBACK.check(name, version === 4 ? 'ipv4' : 'ipv6');
  return name === 'localhost' || name.endsWith('.localhost');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Names that nobody can register, so that no page is ever served under one. */
const UNREGISTRABLE = /^[^.]+$|\.(?:internal|local|localhost|home\.arpa)$/u;
const HOST = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[^\s:/@[\]]+))(?::\d*)?$/iu;
const SHOWN_MAX = 80;

/** An empty host is none: every browser sends one. */
function isOurs(text: string, { host, allowedHosts = [] }: ServedAt): boolean {
  if (text === '') return true;
  const name = hostOf(text);
  if (name === '') return false;
  if (isLoopbackHost(name)) return true;
  if ([host, ...allowedHosts].some((allowed) => hostOf(allowed) === name)) return true;
  // Under which names a machine is reached from elsewhere is not known here.
  if (host !== '' && isLoopbackHost(host)) return false;
  return isIP(name) !== 0 || UNREGISTRABLE.test(name) || name === hostname().toLowerCase();
}

/** Returns the host of `host:port`, in lower case and without brackets; '' where it is none. */
function hostOf(text: string): string {
  if (isIP(text) === 6) return text.toLowerCase();
  const { v6, name } = HOST.exec(text)?.groups ?? {};
  return (v6 ?? name ?? '').toLowerCase().replace(/\.$/u, '');
}

function fromPage(header: string, value: string, wanted: string): string {
  return `${header} must be ${wanted}, got ${shown(value)}: web pages are not let in; use a program that is no browser`;
}

function wrongHost(value: string, { host }: ServedAt): string {
  const asked = host === '' || isLoopbackHost(host) ? '' : `, ${host}`;
  const name = hostOf(value) || 'NAME';
  const wanted = `localhost, a loopback address${asked} or a name that was allowed`;
  return `Host must be ${wanted}, got ${shown(value)}: it may be a web page's own name; use 127.0.0.1, or allow it with --allow-host ${shortened(name)}`;
}

function shown(value: string): string {
  return `'${shortened(value)}'`;
}

function shortened(value: string): string {
  return value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}...` : value;
}
