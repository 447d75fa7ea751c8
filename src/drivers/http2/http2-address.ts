import { type Clock, HarnessError } from '../../core/index.ts';
import type { ReachableTarget } from '../../scenario/index.ts';
import { dialAddress, type TargetAddress } from '../http/index.ts';

/**
 * Returns the address of a target that is spoken to over HTTP/2, and the way to it.
 * @throws TARGET_UNRESOLVED where its url is invalid, or an http one behind a proxy: what the
 *   scenario's check refuses, for urls that are known only now.
 */
export function http2Address(target: ReachableTarget, clock: Clock): TargetAddress {
  const address = dialAddress(target, clock);
  if (!address.tls && address.dialOptions?.proxy !== undefined) {
    throw new HarnessError(
      'TARGET_UNRESOLVED',
      `the url of target '${target.name}' must be https to go over HTTP/2 through a proxy, got '${target.url}'`,
      { hint: 'give it an https url, which goes through by CONNECT, or leave via out' },
    );
  }
  return { ...address, alpn: ['h2'] };
}
