import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/**
 * A server of raw bytes on a free port of loopback, for answers that no HTTP library would give.
 */
export interface RawServer {
  readonly url: string;
  /** The requests that came, each as text. */
  readonly requests: readonly string[];
  /** How many connections were taken. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export interface RawServerOptions {
  readonly onConnection?: (socket: Socket) => void;
  /** Any that is free where it is not given. */
  readonly port?: number;
}

/** Calls `answer` for every request, once it is whole: head, and a body of its content-length. */
export async function startRawServer(
  answer: (socket: Socket, request: string) => void,
  { onConnection, port: wanted = 0 }: RawServerOptions = {},
): Promise<RawServer> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    open.add(socket);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = requestEnd(text); end > 0; end = requestEnd(text)) {
        requests.push(text.slice(0, end));
        answer(socket, text.slice(0, end));
        text = text.slice(end);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    onConnection?.(socket);
  });
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Returns where the first request ends; 0 while it is not whole. */
function requestEnd(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  if (headEnd < 4) return 0;
  const length = Number(/^content-length: (\d+)/imu.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return text.length >= headEnd + length ? headEnd + length : 0;
}
