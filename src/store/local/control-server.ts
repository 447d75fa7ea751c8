import { timingSafeEqual } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { msFromNs, nsFromMs } from '../../core/index.ts';
import { onLines, type ControlAnswer, type ControlRequest } from './control-protocol.ts';
import type { ServerLife } from './server-life.ts';

/** A connection without a valid token is ended after so long, and the oldest of too many. */
const PROOF_WITHIN_MS = 5_000;
const UNPROVEN_MAX = 64;

/** The port on which commands hold their leases. */
export interface ControlServer {
  readonly port: number;
}

/**
 * Returns the control port, listening on 127.0.0.1, which answers for the server's life. Any
 * process of this machine can connect to it; what is no request with the token is hung up on.
 */
export function startControlServer(life: ServerLife, token: string): Promise<ControlServer> {
  return new Promise((resolve, reject) => {
    const unproven = new Set<Socket>();
    const server = createServer((socket) => serve(socket, life, token, unproven));
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}

function serve(socket: Socket, life: ServerLife, token: string, unproven: Set<Socket>): void {
  let holdsLease = false;
  const [oldest] = unproven;
  if (oldest && unproven.size >= UNPROVEN_MAX) oldest.destroy();
  unproven.add(socket);
  // Nobody writes to it before the token has come: what is idle is unproven.
  socket.setTimeout(PROOF_WITHIN_MS, () => socket.destroy());
  onLines(socket, (line) => {
    const request = parseRequest(line);
    if (request === undefined || !sameText(request.token, token)) {
      socket.destroy();
      return;
    }
    if (unproven.delete(socket)) socket.setTimeout(0);
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
    unproven.delete(socket);
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
  // Of the same length in bytes: two of so many characters each may differ in that.
  const [bytesA, bytesB] = [Buffer.from(a), Buffer.from(b)];
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}
