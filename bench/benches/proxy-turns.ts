import type { ProxyUnderTest, ProxyWay, RunningProxy } from '../proxies/index.ts';
import { median } from '../statistics/sample-quantile.ts';

/** Where a client can be sent: a proxy that runs, or the server itself. */
export type Place = Pick<RunningProxy, 'port' | 'pid'> & { readonly name: string };

/** How places are compared: by turns, so often, so long each time, over so many connections. */
export interface Turn {
  readonly places: readonly Place[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

/** Starts proxies in front of one server, and ends them all. */
export class ProxyStand {
  readonly #upstreamPort: number;
  readonly #scratch: string;
  readonly #running: RunningProxy[] = [];

  constructor(upstreamPort: number, scratch: string) {
    this.#upstreamPort = upstreamPort;
    this.#scratch = scratch;
  }

  /** Returns where they listen. */
  async start(proxies: readonly ProxyUnderTest[], way: ProxyWay = {}): Promise<Place[]> {
    const places: Place[] = [];
    for (const proxy of proxies) {
      const running = await proxy.start(this.#upstreamPort, this.#scratch, way);
      this.#running.push(running);
      places.push({ name: proxy.name, port: running.port, pid: running.pid });
    }
    return places;
  }

  async stop(): Promise<void> {
    for (const proxy of this.#running) await proxy.stop();
  }
}

/** Measures each place once in every round, and returns what was found at each, by its name. */
export async function interleaved<T>(
  { places, rounds }: Turn,
  measure: (place: Place) => Promise<T>,
): Promise<Map<string, T[]>> {
  const found = new Map<string, T[]>(places.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const place of places) found.get(place.name)?.push(await measure(place));
  }
  return found;
}

/**
 * Returns the median and the range of what two places give together, round by round; empty where
 * the second was not measured.
 */
export function pairedCell<T>(
  measured: readonly T[],
  base: readonly T[] | undefined,
  digits: number,
  of: (round: T, baseRound: T) => number,
): string {
  const values = measured.flatMap((round, i) => {
    const other = base?.[i];
    return other === undefined ? [] : [of(round, other)];
  });
  if (values.length === 0) return '';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const dash = low < 0 ? ' to ' : '-';
  return `${median(values).toFixed(digits)} (${low.toFixed(digits)}${dash}${high.toFixed(digits)})`;
}
