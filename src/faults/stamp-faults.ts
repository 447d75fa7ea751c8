import {
  epochNsFromMs,
  overlaps,
  type FaultPlaceKind,
  type FaultWindow,
  type Ms,
  type Ns,
  type Span,
} from '../core/index.ts';

/** A port of this machine, and the place of faults that a call to it passes or reaches. */
export interface FaultPort {
  readonly port: number;
  readonly placeKind: FaultPlaceKind;
  readonly place: string;
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
 * Returns the names of the faults in the path of this span: it is a CLIENT span, its
 * `server.port` leads through a proxy or to a service, and a window there shares a moment with it.
 * Each once, in the order of the windows; empty where there were none. `originEpochMs` is the wall
 * time from which the windows count.
 */
export function faultsInPath(
  span: Span,
  windows: readonly FaultWindow[],
  ports: readonly FaultPort[],
  originEpochMs: Ms,
): readonly string[] {
  if (span.kind !== 'Client') return [];
  const called = span.attributes['server.port'];
  const through = ports.filter(({ port }) => String(port) === called);
  if (through.length === 0) return [];
  const fromNs = Number(span.startEpochNs - epochNsFromMs(originEpochMs));
  const inPath = windows.filter((window) =>
    through.some(
      ({ placeKind, place }) => window.placeKind === placeKind && window.place === place,
    ),
  );
  return faultsDuring(inPath, fromNs, fromNs + Number(span.durationNs));
}
