import { expect, it } from 'vitest';
import { connectReasonOf } from '../../src/core/index.ts';

it.each([
  ['EMFILE', 'descriptors'],
  ['ENFILE', 'descriptors'],
  ['EADDRNOTAVAIL', 'ports'],
  ['ENOBUFS', 'memory'],
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['ECONNRESET in the TLS handshake', 'tls'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['connect timeout', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['the name has no address', 'dns'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EACCES', 'denied'],
  ['EAGAIN', 'backlog'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
  ['CERT_HAS_EXPIRED', 'certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ['the proxy refused CONNECT (403)', 'proxy'],
  ['the proxy wants user and password (407)', 'proxy'],
  ['no HTTP/2 by ALPN', 'protocol'],
  ['not HTTP/2: bad preface', 'protocol'],
  ['other', 'other'],
  ['toString', 'other'],
])('%s is %s', (text, reason) => {
  expect(connectReasonOf(text)).toBe(reason);
});
