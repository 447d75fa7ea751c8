import type { ScenarioFile } from './file/scenario-file.ts';
import type { ConnectionOptions, TlsSpec } from './connection-options.ts';

type TargetFile = ScenarioFile['targets'][string];

/** Returns how a target of a valid file is reached. */
export function connectionFromFile({ tls, dns, via, connection }: TargetFile): ConnectionOptions {
  const { reuse, maxRequests = Infinity, maxAge = Infinity, maxIdle = Infinity } = connection;
  return {
    ...(tls === undefined ? {} : { tls: tlsOf(tls) }),
    dns: { ttlNs: dns.ttl, addresses: dns.addresses, family: dns.family },
    ...(via === undefined ? {} : { via }),
    connection: { reuse, maxRequests, maxAgeNs: maxAge, maxIdleNs: maxIdle },
  };
}

function tlsOf(file: NonNullable<TargetFile['tls']>): TlsSpec {
  const { ca = '', cert = '', key = '', passphrase = '', serverName = '' } = file;
  return {
    ca,
    cert,
    key,
    passphrase,
    serverName,
    verify: file.verify,
    minVersion: file.minVersion,
  };
}
