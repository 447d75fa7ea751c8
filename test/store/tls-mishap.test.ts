import { describe, expect, it } from 'vitest';
import { storeError } from '../../src/store/store-error.ts';

describe('a store behind TLS', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'signed by itself', '--store-ca FILE'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown authority', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not known here', '--store-ca FILE'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'not known here', '--store-ca FILE'],
    ['CERT_HAS_EXPIRED', 'has expired', 'clock'],
    ['CERT_NOT_YET_VALID', 'not valid yet', 'clocks'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'another name: IP: 10.0.0.1', 'in the certificate'],
    ['EPROTO', 'no TLS is spoken there', '8123, goes with http://'],
  ])('that fails by %s is told why, and what helps', (code, reason, hint) => {
    const message = "Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in it";
    const thrown = Object.assign(new Error(message), { code });
    expect(storeError(thrown, 'https://10.0.0.1:8443')).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining(reason),
      hint: expect.stringContaining(hint),
    });
  });

  it('is named where http:// is written for its port, which it closes', () => {
    const thrown = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    expect(storeError(thrown, 'http://10.0.0.1:8443').hint).toContain('https://');
  });
});
