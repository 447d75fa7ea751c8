import type { Socket } from 'node:net';

/**
 * What a command can ask of a running local server: one JSON object per line, and one back. A
 * lease lasts until it is released or its connection closes, which the kernel does for a process
 * that is killed.
 */
export type ControlRequest =
  | { readonly token: string; readonly ask: 'lease' | 'release' | 'stop' | 'status' }
  | { readonly token: string; readonly ask: 'keep'; readonly idleMs: number };

export interface ControlAnswer {
  /** False to a lease asked of a server that is stopping. */
  readonly granted: boolean;
  /** Whether the server ends now: its process will soon be gone. */
  readonly stopping: boolean;
  /** How many commands hold a lease. */
  readonly leases: number;
  /** After how long without use a kept server stops; absent for one on demand. */
  readonly idleMs?: number;
}

/** Longer lines are no request of ours. */
const LINE_CHARS_MAX = 4_096;

/** Calls `take` with every line that comes; a peer that sends too long a one is cut off. */
export function onLines(socket: Socket, take: (line: string) => void): void {
  let pending = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > LINE_CHARS_MAX) socket.destroy();
    for (const line of lines) if (!socket.destroyed) take(line);
  });
}
