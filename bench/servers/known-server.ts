import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Ns } from '../../src/core/index.ts';
import type { KnownServerInput } from './known-server-thread.ts';

export interface KnownServer {
  readonly port: number;
  /** Ends it. Returns when each arrival was really answered, by its number, on the run's clock. */
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
      const [answeredNs] = (await once(worker, 'message')) as [Ns[]];
      await worker.terminate();
      return answeredNs;
    },
  };
}
