import { isIP } from 'node:net';
import { HarnessError } from '../../core/index.ts';

/** Where a target listens, and what its requests say of it. */
export interface TargetAddress {
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
}

/**
 * Returns the address in a target's url.
 * @throws TARGET_UNRESOLVED where it is no http or https url.
 */
export function targetAddress(name: string, url: string): TargetAddress {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/u.test(parsed.protocol)) {
    throw new HarnessError(
      'TARGET_UNRESOLVED',
      `the url of target '${name}' must be http://host:port or https://host:port, got '${url}'`,
      { hint: 'write the address of a service that speaks HTTP/1.1' },
    );
  }
  const tls = parsed.protocol === 'https:';
  const host = parsed.hostname.replace(/^\[(.*)\]$/u, '$1');
  return {
    host,
    port: parsed.port === '' ? (tls ? 443 : 80) : Number(parsed.port),
    tls,
    authority: parsed.host,
    basePath: parsed.pathname.replace(/\/$/u, ''),
    serverName: isIP(host) === 0 ? host : '',
  };
}
