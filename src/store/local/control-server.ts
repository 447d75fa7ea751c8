import { timingSafeEqual } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { msFromNs, nsFromMs } from '../../core/index.ts';
import { onLines, type ControlAnswer, type ControlRequest } from './control-protocol.ts';
import type { ServerLife } from './server-life.ts';

/** The port on which commands hold their leases. */
export interface ControlServer {
  readonly port: number;
}

/** Returns the control port, listening on 127.0.0.1, which answers for the server's life. */
export function startControlServer(life: ServerLife, token: string): Promise<ControlServer> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => serve(socket, life, token));
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}

function serve(socket: Socket, life: ServerLife, token: string): void {
  let holdsLease = false;
  onLines(socket, (line) => {
    const request = parseRequest(line);
    if (request === undefined || !sameText(request.token, token)) {
      socket.destroy();
      return;
    }
    if (request.ask === 'lease') holdsLease ||= life.lease();
    if (request.ask === 'release' && holdsLease) {
      holdsLease = false;
      life.release();
    }
    if (request.ask === 'keep') life.keep(nsFromMs(request.idleMs));
    if (request.ask === 'stop') life.stopKeeping();
    socket.write(`${JSON.stringify(answerOf(life, holdsLease))}\n`);
  });
  // A broken connection closes next, and that is what counts.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (holdsLease) life.lose();
    holdsLease = false;
  });
}

function answerOf(life: ServerLife, granted: boolean): ControlAnswer {
  const answer = { granted, stopping: life.isOver, leases: life.leases };
  return life.idleNs === undefined ? answer : { ...answer, idleMs: msFromNs(life.idleNs) };
}

function parseRequest(line: string): ControlRequest | undefined {
  try {
    const value = JSON.parse(line) as Readonly<Record<string, unknown>> | null;
    const { token, ask, idleMs } = value ?? {};
    if (typeof token !== 'string') return undefined;
    if (ask === 'lease' || ask === 'release' || ask === 'stop' || ask === 'status') {
      return { token, ask };
    }
    return ask === 'keep' && typeof idleMs === 'number' ? { token, ask, idleMs } : undefined;
  } catch {
    return undefined;
  }
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
