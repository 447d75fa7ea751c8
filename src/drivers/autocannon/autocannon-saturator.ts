import type { Rng } from '../../core/index.ts';
import type { Saturator } from '../../engine/index.ts';
import type { SaturatedPhase } from '../../schedule/index.ts';
import type { TargetAddress } from '../http/index.ts';
import { startAutocannon } from './autocannon-api.ts';
import { SaturatingDials } from './saturating-dials.ts';
import { SaturatingConnection, type SaturatingShared } from './saturating-connection.ts';

export interface AutocannonSaturatorOptions extends Omit<SaturatingShared, 'dials'> {
  readonly address: TargetAddress;
  readonly load: Pick<SaturatedPhase, 'connections' | 'pipelining'>;
  /** Draws how long the pauses after failed dials are. */
  readonly rng: Rng;
  /** Told of options that autocannon refuses: a bug. */
  readonly fail: (error: unknown) => void;
}

/** Autocannon looks at its own end so often; ours is set in each client. */
const LOOKS_EVERY_MS = 100;

/**
 * Returns the saturator that lets autocannon send. Of autocannon come the connections and the
 * writing of requests; its parser, clocks, percentiles and rates are not used.
 */
export function autocannonSaturator(options: AutocannonSaturatorOptions): Saturator {
  const { address, load, fail, clock, rng } = options;
  const shared = { ...options, dials: new SaturatingDials(clock, rng) };
  const connections: SaturatingConnection[] = [];
  let isStopped = false;
  return {
    start: () => {
      // A worker may have no part in the connections.
      if (isStopped || load.connections === 0) return;
      startAutocannon({
        url: `${address.tls ? 'https' : 'http'}://${urlHost(address)}:${address.port}/`,
        ...(address.socketPath !== undefined && { socketPath: address.socketPath }),
        connections: load.connections,
        pipelining: load.pipelining,
        // A duration would be a timer, which holds 24 days; no phase makes so many calls.
        amount: Number.MAX_SAFE_INTEGER,
        timeout: 1,
        sampleInt: LOOKS_EVERY_MS,
        setupClient: (client) => {
          connections.push(new SaturatingConnection(client, shared));
        },
      }).then(() => undefined, fail);
    },
    stop: () => {
      isStopped = true;
      shared.dials.close();
      for (const connection of connections) connection.stop();
    },
    close: () => {
      isStopped = true;
      shared.dials.close();
      for (const connection of connections) connection.close();
    },
  };
}

function urlHost({ host }: TargetAddress): string {
  return host.includes(':') ? `[${host}]` : host;
}
