import { connect } from 'node:net';
import { pauseSec } from '../child-process.ts';

const WITHIN_SEC = 5;
const POLLS_PER_SEC = 20;

/**
 * Resolves when somebody accepts connections on this port of loopback.
 * @throws Error where nobody does in time.
 */
export async function untilAccepting(
  name: string,
  port: number,
  withinSec = WITHIN_SEC,
): Promise<void> {
  for (let attempt = 0; attempt < withinSec * POLLS_PER_SEC; attempt++) {
    if (await accepts(port)) return;
    await pauseSec(1 / POLLS_PER_SEC);
  }
  throw new Error(`${name} did not listen on 127.0.0.1:${port} within ${withinSec} s`);
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
