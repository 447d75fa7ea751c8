import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { vi } from 'vitest';
import type { Workplace } from '../cli/callgauge-process.ts';

export interface RunningCollector {
  /** Ends it at once. */
  kill(): void;
  /** Asks it to end: it sends what it holds, and this resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a Collector, and resolves when it listens on the ports. What it says of errors is on the
 * tests' own error output.
 */
export async function startCollector(
  program: string,
  place: Workplace,
  config: object,
  ports: readonly number[],
): Promise<RunningCollector> {
  const quiet = { metrics: { level: 'none' }, logs: { level: 'error' } };
  const { service, ...parts } = config as { readonly service: object };
  const text = JSON.stringify({ ...parts, service: { telemetry: quiet, ...service } });
  const file = place.file(`collector-${ports.join('-')}.json`, text);
  const child = spawn(program, [`--config=${file}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  const kill = (): void => void child.kill('SIGKILL');
  try {
    await vi.waitFor(() => Promise.all(ports.map(accepts)), { timeout: 60_000, interval: 50 });
  } catch (error) {
    kill();
    throw error;
  }
  return {
    kill,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function accepts(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
