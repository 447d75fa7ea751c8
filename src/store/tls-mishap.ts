/** Why a store is not reached where the two ends do not agree on TLS. */
export interface TlsMishap {
  readonly reason: string;
  readonly hint: string;
}

const TRUST =
  'Name the file of its certificate, or of the authority that signed it, with --store-ca FILE (PEM) or NODE_EXTRA_CA_CERTS.';

/** By the codes of Node's TLS; those of one fault together. */
const MISHAPS: readonly (readonly [codes: RegExp, mishap: TlsMishap])[] = [
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/u,
    { reason: 'its certificate is signed by itself or by an unknown authority', hint: TRUST },
  ],
  [
    /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE)$/u,
    { reason: 'its certificate is signed by an authority that is not known here', hint: TRUST },
  ],
  [
    /^CERT_HAS_EXPIRED$/u,
    {
      reason: 'its certificate has expired',
      hint: 'The server needs a new one; check the clock of this machine too.',
    },
  ],
  [
    /^CERT_NOT_YET_VALID$/u,
    {
      reason: 'its certificate is not valid yet',
      hint: 'Check the clocks of this machine and of the server.',
    },
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/u,
    {
      reason: 'its certificate is for another name',
      hint: 'Use a name or address that is in the certificate, after https:// in --store.',
    },
  ],
  [
    /^(?:EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/u,
    {
      reason: 'no TLS is spoken there, or none that goes with this',
      hint: 'https:// goes with the TLS port, 8443 by default; the plain one, 8123, goes with http://.',
    },
  ],
];

/**
 * Returns what is wrong with the TLS of a connection that failed; undefined where it is not TLS.
 */
export function tlsMishap(thrown: unknown): TlsMishap | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code = 'code' in thrown ? String(thrown.code) : '';
  const [, mishap] = MISHAPS.find(([codes]) => codes.test(code)) ?? [];
  if (mishap === undefined) return undefined;
  // The name that was looked for and those that are there, which Node tells well.
  const told = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? namesIn(thrown.message) : '';
  return { ...mishap, reason: `${mishap.reason}${told} (${code})` };
}

function namesIn(message: string): string {
  const [, names] = /^.*altnames: (.*)$/su.exec(message) ?? [];
  return names === undefined ? '' : `: ${names.slice(0, 200)}`;
}
