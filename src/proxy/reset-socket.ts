import type { Socket } from 'node:net';

/**
 * Closes a socket with RST; one that is still connecting, or is gone, is just closed. While a FIN
 * is on its way the platform cannot reset, and would lose the socket (no 'close', its descriptor
 * kept): then the reset comes a turn of the loop later, behind the FIN.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting) socket.destroy();
  else if (isEnding && socket.writableLength === 0)
    socket.once('finish', () => resetSocket(socket));
  else socket.resetAndDestroy();
}
