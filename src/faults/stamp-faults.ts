import {
  epochNsFromMs,
  overlaps,
  type FaultWindow,
  type Ms,
  type Ns,
  type Span,
} from '../core/index.ts';

/** Where a proxy listens, as its callers name it. */
export interface ProxyAddress {
  readonly proxy: string;
  readonly port: number;
}

/**
 * Returns the names of the faults that were active at some moment of [fromNs, toNs], each once, in
 * the order of the windows; empty where there were none. A window that is still open ends at
 * Infinity.
 */
export function faultsDuring(
  windows: readonly FaultWindow[],
  fromNs: Ns,
  toNs: Ns,
): readonly string[] {
  const names = new Set<string>();
  for (const window of windows) {
    if (overlaps(window, fromNs, toNs)) names.add(window.fault);
  }
  return [...names];
}

/**
 * Returns the names of the faults that stood in the path of this very span: it is a CLIENT span, its
 * `server.port` is the port of a proxy, and a window of that proxy shares a moment with it. Each
 * once, in the order of the windows; empty where there were none. `originEpochMs` is the wall time
 * from which the windows count.
 */
export function faultsInPath(
  span: Span,
  windows: readonly FaultWindow[],
  proxies: readonly ProxyAddress[],
  originEpochMs: Ms,
): readonly string[] {
  const proxy = proxyCalled(span, proxies);
  if (proxy === undefined) return [];
  const fromNs = Number(span.startEpochNs - epochNsFromMs(originEpochMs));
  const inPath = windows.filter((window) => window.proxy === proxy);
  return faultsDuring(inPath, fromNs, fromNs + Number(span.durationNs));
}

/** Returns the proxy that a CLIENT span's call went to; undefined where it went to none. */
export function proxyCalled(span: Span, proxies: readonly ProxyAddress[]): string | undefined {
  if (span.kind !== 'Client') return undefined;
  const port = span.attributes['server.port'];
  return proxies.find((candidate) => String(candidate.port) === port)?.proxy;
}
