import { isIP } from 'node:net';
import { unescape } from 'node:querystring';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type Clock, HarnessError, requestUrlOf, socketPathOf } from '../../core/index.ts';
import type { ReachableTarget, ReadyTls } from '../../scenario/index.ts';
import { type LookupAll, NameResolver } from './name-resolver.ts';

/** Where a target listens, and what its requests say of it. */
export interface TargetAddress {
  /** The path of a Unix socket, dialled in place of host and port; absent: they are dialled. */
  readonly socketPath?: string;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** For the host header: the port only where it is not the scheme's own. */
  readonly authority: string;
  /** What every path begins with; '' for none. */
  readonly basePath: string;
  /** The name that the server's certificate must bear; '' for a bare address. */
  readonly serverName: string;
  /** Whether requests ask that the connection be closed after them. */
  readonly closing?: boolean;
  /** The protocols to offer in a handshake; absent: HTTP/1.1. */
  readonly alpn?: readonly string[];
  /** How the connection is made; absent: as node does, without a proxy. */
  readonly dialOptions?: DialOptions;
}

/** What the connections of one target are made with. */
export interface DialOptions {
  /** Of the name that is dialled: the proxy's where there is one. */
  readonly names: NameResolver;
  /** Undefined for none. */
  readonly proxy: ProxyAddress | undefined;
  /** Whom to trust and what to show; undefined: the system's authorities, and nothing. */
  readonly secureContext: SecureContext | undefined;
  /** Whether the target's certificate must be good. */
  readonly verify: boolean;
}

/** An HTTP proxy. `authorization` is a secret. */
export interface ProxyAddress {
  readonly host: string;
  readonly port: number;
  /** The value of the proxy-authorization header; '' for none. */
  readonly authorization: string;
}

/**
 * Returns the address in a target's url.
 * @throws TARGET_UNRESOLVED where it is no url of http, https or a Unix socket.
 */
export function targetAddress(name: string, url: string): TargetAddress {
  const socketPath = socketPathOf(url);
  const parsed = requestUrlOf(url);
  if (parsed === null || !/^https?:$/u.test(parsed.protocol)) {
    throw new HarnessError(
      'TARGET_UNRESOLVED',
      `the url of target '${name}' must be http://host:port, https://host:port or unix:/path, got '${url}'`,
      { hint: 'write the address of a service that speaks HTTP/1.1' },
    );
  }
  const tls = parsed.protocol === 'https:';
  const host = bareHost(parsed);
  return {
    ...(socketPath !== undefined && { socketPath }),
    host,
    port: parsed.port === '' ? (tls ? 443 : 80) : Number(parsed.port),
    tls,
    authority: parsed.host,
    basePath: parsed.pathname.replace(/\/$/u, ''),
    serverName: isIP(host) === 0 ? host : '',
  };
}

/**
 * Returns what the path of every request is put behind: the base path, and before it, where an http
 * request goes to a proxy, the target itself.
 */
export function requestPrefix({ tls, authority, basePath, dialOptions }: TargetAddress): string {
  return tls || dialOptions?.proxy === undefined ? basePath : `http://${authority}${basePath}`;
}

/** Returns the header lines that a request needs for its way to the target, the host's apart. */
export function dialLines({ tls, dialOptions, closing }: TargetAddress): string[] {
  const authorization = tls ? '' : (dialOptions?.proxy?.authorization ?? '');
  return [
    ...(authorization === '' ? [] : [`proxy-authorization: ${authorization}`]),
    ...(closing === true ? ['connection: close'] : []),
  ];
}

/**
 * Returns the address of a target with the way to it: its names, its proxy, whom it trusts. Names
 * are looked up anew by `clock`; `lookup` is the system's resolver where it is not given.
 * @throws TARGET_UNRESOLVED as {@link targetAddress}.
 */
export function dialAddress(
  target: ReachableTarget,
  clock: Clock,
  lookup?: LookupAll,
): TargetAddress {
  const address = targetAddress(target.name, target.url);
  const dns = target.dns ?? { ttlNs: 0, addresses: 'first', family: 'any' };
  return {
    ...address,
    serverName: target.tls?.serverName || address.serverName,
    closing: target.connection?.reuse === false,
    dialOptions: {
      names: new NameResolver(dns, clock, lookup),
      proxy: proxyOf(target.via ?? ''),
      secureContext: target.tls === undefined ? undefined : contextOf(target.tls),
      verify: target.tls?.verify ?? true,
    },
  };
}

function contextOf({ material, passphrase, minVersion }: ReadyTls): SecureContext {
  const { ca, cert, key } = material;
  return createSecureContext({
    minVersion,
    ...(ca === '' ? {} : { ca }),
    ...(cert === '' ? {} : { cert, key }),
    ...(passphrase === '' ? {} : { passphrase }),
  });
}

function proxyOf(via: string): ProxyAddress | undefined {
  const url = URL.parse(via);
  if (url === null) return undefined;
  const { username, password } = url;
  const user = `${unescape(username)}:${unescape(password)}`;
  return {
    host: bareHost(url),
    port: url.port === '' ? 80 : Number(url.port),
    authorization:
      username === '' && password === '' ? '' : `Basic ${Buffer.from(user).toString('base64')}`,
  };
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/u, '$1');
}
