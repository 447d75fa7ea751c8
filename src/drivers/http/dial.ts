import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TargetAddress } from './target-address.ts';

/** When the kernel begins to ask an idle peer whether it is still there. */
const KEEP_ALIVE_AFTER_MS = 15_000;

/** Takes `length` bytes out of a buffer that the next read, of whatever connection, overwrites. */
export type OnBytes = (bytes: Uint8Array, length: number) => void;

/**
 * Returns a socket that connects to the target and reads into the buffer that all connections share.
 * `onOpen` is called when requests may be sent: after the handshake where there is one.
 */
export function dial(
  address: TargetAddress,
  readBuffer: Uint8Array,
  on: { readonly open: () => void; readonly bytes: OnBytes },
): Socket {
  const options = {
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    onread: {
      buffer: readBuffer,
      callback: (length: number, bytes: Uint8Array): boolean => {
        on.bytes(bytes, length);
        return true;
      },
    } satisfies OnReadOpts,
  };
  if (!address.tls) return connectTcp(options, on.open);
  const socket = connectTls(
    { ...options, servername: address.serverName, ALPNProtocols: ['http/1.1'] },
    on.open,
  );
  return socket.setNoDelay(true);
}

/** Returns the short text for a socket's error: its code, `ECONNREFUSED` say, or its message. */
export function socketErrorText(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
