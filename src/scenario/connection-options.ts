import type { Ns } from '../core/index.ts';

/** How a target is reached. What is left out is as it is without the key. */
export interface ConnectionOptions {
  readonly tls?: TlsSpec;
  readonly dns?: DnsSpec;
  /** `http://[user:password@]host:port` of an HTTP proxy; '' for none. A secret: never shown. */
  readonly via?: string;
  readonly connection?: ConnectionSpec;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Whom https connections trust, and who they say that they are. */
export interface TlsSpec {
  /** Files in PEM, relative to the scenario file's folder; '' for none. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Of the key; '' for none. */
  readonly passphrase: string;
  /** The name to ask for, which the certificate must bear; '' for the url's. */
  readonly serverName: string;
  /** False: whatever certificate the target shows is taken. */
  readonly verify: boolean;
  readonly minVersion: TlsVersion;
}

/** How the name in a target's url becomes addresses. */
export interface DnsSpec {
  /** How long an answer is used; 0 for one connection only. */
  readonly ttlNs: Ns;
  /** Connections go to all addresses in turn, or each to the first that answers. */
  readonly addresses: 'all' | 'first';
  readonly family: 'any' | 4 | 6;
}

/** When a connection is closed although it could be used again. */
export interface ConnectionSpec {
  /** False: every call is given a connection of its own, dialled for it. */
  readonly reuse: boolean;
  /** Calls on one connection; Infinity for no bound. */
  readonly maxRequests: number;
  /** Infinity for no bound. */
  readonly maxAgeNs: Ns;
  /** Without a call; Infinity for no bound. */
  readonly maxIdleNs: Ns;
}
