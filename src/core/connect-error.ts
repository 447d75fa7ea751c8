/**
 * Why a connection could not be opened, as far as it matters who is to do something about it. The
 * first three are the generator's own: it ran out of something, and the target was not even asked.
 */
export const CONNECT_REASONS = [
  'descriptors',
  'ports',
  'memory',
  'refused',
  'denied',
  'backlog',
  'reset',
  'timeout',
  'dns',
  'unreachable',
  'tls',
  'certificate',
  'proxy',
  'protocol',
  'other',
] as const;
export type ConnectReason = (typeof CONNECT_REASONS)[number];

/** What each reason is, in words. */
export const CONNECT_REASON_TEXTS: Readonly<Record<ConnectReason, string>> = {
  descriptors: 'no file descriptor was free on this machine',
  ports: 'no local port was free on this machine',
  memory: 'no memory for sockets on this machine',
  refused: 'nobody listens',
  denied: 'not permitted to connect',
  backlog: 'the queue of the listening socket is full',
  reset: 'closed by the target',
  timeout: 'took longer than connectTimeout',
  dns: 'the name was not found',
  unreachable: 'no way to the address',
  tls: 'the TLS handshake failed',
  certificate: 'the certificate is not to be trusted',
  proxy: 'the proxy refused',
  protocol: 'not the protocol that is spoken',
  other: 'another reason',
};

/** Reasons that are the generator's own: what was measured is not the target. */
export const OWN_CONNECT_REASONS: readonly ConnectReason[] = ['descriptors', 'ports', 'memory'];

/** What an error of a socket is called where it came within the TLS handshake. */
export const IN_HANDSHAKE = 'in the TLS handshake';

const BY_CODE: Readonly<Record<string, ConnectReason>> = {
  EMFILE: 'descriptors',
  ENFILE: 'descriptors',
  EADDRNOTAVAIL: 'ports',
  ENOBUFS: 'memory',
  ENOMEM: 'memory',
  ECONNREFUSED: 'refused',
  // Of a Unix socket: no such file.
  ENOENT: 'refused',
  EACCES: 'denied',
  EPERM: 'denied',
  // Of a Unix socket; over TCP such a connect waits.
  EAGAIN: 'backlog',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  'connect timeout': 'timeout',
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  'the name has no address': 'dns',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ENONET: 'unreachable',
  EPROTO: 'tls',
};

const BY_FORM: readonly (readonly [RegExp, ConnectReason])[] = [
  [/^EAI_/u, 'dns'],
  [/proxy/u, 'proxy'],
  [/in the TLS handshake$/u, 'tls'],
  [/CERT|ISSUER|SIGNATURE|^CRL_|^HOSTNAME_MISMATCH|_CHAIN/u, 'certificate'],
  [/^ERR_SSL_|^ERR_TLS_/u, 'tls'],
  [/HTTP\/2/u, 'protocol'],
];

/**
 * Returns the reason that a driver's short text for a failed connect stands for: `ECONNREFUSED` is
 * `refused`, `ECONNRESET in the TLS handshake` is `tls`.
 */
export function connectReasonOf(text: string): ConnectReason {
  if (Object.hasOwn(BY_CODE, text)) return BY_CODE[text] ?? 'other';
  return BY_FORM.find(([form]) => form.test(text))?.[1] ?? 'other';
}
