import { targetAddress } from '../drivers/http/index.ts';
import type { TargetSpec } from '../scenario/index.ts';

/**
 * What is spoken to http and https urls; the driver of any other protocol reads its urls itself.
 */
const OVER_HTTP: ReadonlySet<string> = new Set(['http1', 'http2', 'grpc']);

/**
 * Refuses targets before a thread is started for them.
 * @throws TARGET_UNRESOLVED where a url of a target is invalid.
 */
export function refuseUnresolved(targets: readonly TargetSpec[]): void {
  for (const { name, url, endpoints = [], protocol = 'http1' } of targets) {
    if (!OVER_HTTP.has(protocol)) continue;
    for (const one of [url, ...endpoints]) targetAddress(name, one);
  }
}
