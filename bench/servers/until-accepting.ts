import { connect } from 'node:net';
import { pauseSec } from '../child-process.ts';

const WITHIN_SEC = 5;

/**
 * Resolves when somebody accepts connections on this port of loopback.
 * @throws Error where nobody does within some seconds.
 */
export async function untilAccepting(name: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < WITHIN_SEC * 20; attempt++) {
    if (await accepts(port)) return;
    await pauseSec(0.05);
  }
  throw new Error(`${name} did not listen on 127.0.0.1:${port} within ${WITHIN_SEC} s`);
}

/** Returns whether somebody accepts connections on this port of loopback now. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
