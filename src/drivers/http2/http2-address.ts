import { HarnessError } from '../../core/index.ts';
import type { TargetSpec } from '../../scenario/index.ts';
import { dialAddress, type TargetAddress } from '../http/index.ts';

/**
 * Returns the address of a target that is spoken to over HTTP/2, and the way to it.
 * @throws TARGET_UNRESOLVED where its url is none, or an http one behind a proxy: what the scenario's
 * check refuses, for urls that are known only now.
 */
export function http2Address(target: TargetSpec): TargetAddress {
  const address = dialAddress(target);
  if (!address.tls && address.way?.proxy !== undefined) {
    throw new HarnessError(
      'TARGET_UNRESOLVED',
      `the url of target '${target.name}' must be https to go over HTTP/2 through a proxy, got '${target.url}'`,
      { hint: 'give it an https url, which goes through by CONNECT, or leave via out' },
    );
  }
  return { ...address, alpn: ['h2'] };
}
