import type { ScenarioFile } from './file/scenario-file.ts';
import type { ReachSpec, TlsSpec } from './reach-spec.ts';

type TargetFile = ScenarioFile['targets'][string];

/** Returns how a target of a valid file is reached. */
export function reachFromFile({ tls, dns, via, connection }: TargetFile): ReachSpec {
  const { reuse, maxRequests = Infinity, maxAge = Infinity } = connection;
  return {
    ...(tls === undefined ? {} : { tls: tlsOf(tls) }),
    dns: { ttlNs: dns.ttl, addresses: dns.addresses, family: dns.family },
    ...(via === undefined ? {} : { via }),
    connection: { reuse, maxRequests, maxAgeNs: maxAge },
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
