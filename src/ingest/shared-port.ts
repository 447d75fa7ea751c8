import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What every client of HTTP/2 sends first, where it knows the server to speak it. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** No method of HTTP/1.1 in use begins so. */
const TOLD_BY_BYTES = 4;

export interface SharedPortOptions {
  /** Takes a connection of HTTP/2, whose first bytes are to be read yet. */
  readonly onHttp2: (socket: Socket) => void;
  /** How long the first bytes may take. */
  readonly headTimeoutMs: number;
}

/** Has a server of HTTP/1.1 hand on connections of HTTP/2, which come to the same port. */
export function sharePort(server: Server, { onHttp2, headTimeoutMs }: SharedPortOptions): void {
  const http1 = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    let head = Buffer.alloc(0);
    const destroy = (): void => void socket.destroy();
    socket.setTimeout(headTimeoutMs, destroy);
    socket.on('error', destroy);
    const read = (): void => {
      const piece = socket.read() as Buffer | null;
      if (piece !== null) head = Buffer.concat([head, piece]);
      const isHttp2 = PREFACE.subarray(0, head.length).equals(head.subarray(0, PREFACE.length));
      const isOver = piece === null && !socket.readable;
      if (isHttp2 && head.length < TOLD_BY_BYTES && !isOver) return;
      socket.off('readable', read);
      socket.setTimeout(0, destroy);
      socket.off('timeout', destroy);
      socket.off('error', destroy);
      if (head.length > 0) socket.unshift(head);
      if (isHttp2 && head.length >= TOLD_BY_BYTES) onHttp2(socket);
      else for (const listener of http1) listener.call(server, socket);
    };
    socket.on('readable', read);
  });
}
