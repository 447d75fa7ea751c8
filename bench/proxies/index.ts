import { callgauge } from './callgauge.ts';
import { direct } from './direct.ts';
import { haproxy } from './haproxy.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';
import { toxiproxy } from './toxiproxy.ts';

export type { ProxyUnderTest, ProxyWay, RunningProxy } from './proxy-under-test.ts';

/**
 * Returns a direct connection, our proxy, and of the others those that are asked for and that the
 * machine has; says in one line each which are left out.
 */
export function proxiesHere(
  wanted: readonly string[] | undefined,
  say: (line: string) => void,
): ProxyUnderTest[] {
  const others = [haproxy, toxiproxy].filter((proxy) => {
    if (wanted !== undefined && !wanted.includes(proxy.name)) return false;
    const missing = proxy.missing();
    if (missing !== undefined) say(`${proxy.name} skipped: ${missing}`);
    return missing === undefined;
  });
  return [direct, callgauge, ...others];
}
