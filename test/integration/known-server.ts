import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Ns } from '../../src/core/index.ts';
import type { KnownServerInput } from './known-server-thread.ts';

export interface KnownServer {
  readonly port: number;
  /** Ends it. Returns how long it really took over each call, ascending. */
  stop(): Promise<readonly Ns[]>;
}

/** Returns a server in a thread of its own, once it listens on a free port of loopback. */
export async function startKnownServer(input: KnownServerInput): Promise<KnownServer> {
  const worker = new Worker(new URL('known-server-thread.ts', import.meta.url), {
    workerData: input,
  });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    port,
    stop: async () => {
      worker.postMessage('stop');
      const [serviceNs] = (await once(worker, 'message')) as [Ns[]];
      await worker.terminate();
      return serviceNs.sort((a, b) => a - b);
    },
  };
}
