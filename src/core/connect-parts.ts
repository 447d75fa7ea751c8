import type { Ns } from './units.ts';

/**
 * What the opening of a connection was made of; 0 where there was no such part. They add up to it.
 */
export interface ConnectParts {
  readonly dnsNs: Ns;
  /** Through a proxy with its answer to CONNECT. */
  readonly tcpNs: Ns;
  /** The handshake. */
  readonly tlsNs: Ns;
  /** Whether the handshake took up the session of an earlier connection. */
  readonly resumed: boolean;
  /** Whether the name could not be looked up anew, and its last known addresses were used. */
  readonly staleDns?: boolean;
}
