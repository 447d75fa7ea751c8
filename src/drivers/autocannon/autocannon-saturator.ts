import type { Saturator } from '../../engine/index.ts';
import type { SaturatedPhase } from '../../schedule/index.ts';
import type { TargetAddress } from '../http/index.ts';
import { startAutocannon } from './autocannon-api.ts';
import { SaturatingConnection, type SaturatingShared } from './saturating-connection.ts';

export interface AutocannonSaturatorOptions extends SaturatingShared {
  readonly address: TargetAddress;
  readonly load: Pick<SaturatedPhase, 'connections' | 'pipelining'>;
  /** Told of options that autocannon refuses: a bug. */
  readonly fail: (error: unknown) => void;
}

/** Autocannon looks at its own end so often; ours is told to each client. */
const LOOKS_EVERY_MS = 100;

/**
 * Returns the saturator that lets autocannon send. Of autocannon come the connections, the order of
 * requests and the reading of answers; its clocks, percentiles and rates are not used.
 */
export function autocannonSaturator(options: AutocannonSaturatorOptions): Saturator {
  const { address, load, fail } = options;
  const connections: SaturatingConnection[] = [];
  let isStopped = false;
  return {
    start: () => {
      // A worker may have no part in the connections.
      if (isStopped || load.connections === 0) return;
      startAutocannon({
        url: `${address.tls ? 'https' : 'http'}://${urlHost(address)}:${address.port}/`,
        connections: load.connections,
        pipelining: load.pipelining,
        // A duration would be a timer, which holds 24 days; no phase makes so many calls.
        amount: Number.MAX_SAFE_INTEGER,
        timeout: 1,
        sampleInt: LOOKS_EVERY_MS,
        setupClient: (client) => {
          connections.push(new SaturatingConnection(client, options));
        },
      }).then(() => undefined, fail);
    },
    stop: () => {
      isStopped = true;
      for (const connection of connections) connection.stop();
    },
    close: () => {
      isStopped = true;
      for (const connection of connections) connection.close();
    },
  };
}

function urlHost({ host }: TargetAddress): string {
  return host.includes(':') ? `[${host}]` : host;
}
