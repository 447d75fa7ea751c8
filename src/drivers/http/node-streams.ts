import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** A write of Node's own that a handle takes hold of where the kernel did not take all at once. */
export interface WriteRequest {
  /** Called once the kernel has taken the rest, or never will. */
  oncomplete?: (status: number) => void;
  /** Keeps the bytes alive until then. */
  buffer?: Uint8Array;
}

/** What lies beneath a socket, as far as it is used. */
export interface StreamHandle {
  /** Returns 0, or the negative number of a system error. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  /** The same with several; they are not strings. */
  writev(request: WriteRequest, chunks: readonly Uint8Array[], allBuffers: true): number;
  /** Called when it has read, or will never read again. */
  onread: (this: unknown, chunk?: ArrayBuffer) => unknown;
}

/** Beneath `net.Socket`: what its own reads and writes go through. */
export interface NodeStreams {
  /** Returns the handle of a socket that is connected; undefined where there is none. */
  handleOf(socket: Socket): StreamHandle | undefined;
  /** Returns how many bytes a handle has just read; negative for its end or an error. */
  bytesRead(): number;
  newRequest(): WriteRequest;
  /** Returns whether the handle holds on to what it was given last. */
  isHeld(): boolean;
}

/**
 * Returns what Node's sockets themselves write through; undefined where this Node has it otherwise,
 * or keeps it from us, as under its permission model.
 */
export function nodeStreams(): NodeStreams | undefined {
  const wrap = streamWrap();
  if (typeof wrap !== 'object' || wrap === null) return undefined;
  const { WriteWrap, streamBaseState, kLastWriteWasAsync, kReadBytesOrError } = wrap as Readonly<
    Record<string, unknown>
  >;
  const isKnown =
    typeof WriteWrap === 'function' &&
    ArrayBuffer.isView(streamBaseState) &&
    typeof kLastWriteWasAsync === 'number' &&
    typeof kReadBytesOrError === 'number';
  if (!isKnown) return undefined;
  const state = streamBaseState as Int32Array;
  const Request = WriteWrap as new () => WriteRequest;
  return {
    handleOf,
    bytesRead: () => state[kReadBytesOrError] ?? 0,
    newRequest: () => new Request(),
    isHeld: () => state[kLastWriteWasAsync] !== 0,
  };
}

/** What this Node has. */
export const NODE_STREAMS = nodeStreams();

function handleOf(socket: Socket): StreamHandle | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<StreamHandle> };
  const isKnown =
    typeof handle?.writeBuffer === 'function' &&
    typeof handle.writev === 'function' &&
    typeof handle.onread === 'function';
  return isKnown ? (handle as StreamHandle) : undefined;
}

/**
 * Destroys a socket past whose stream a write has failed, with a negative number of a system error.
 * As where the stream wrote: the socket tells of the error, in a turn of its own.
 */
export function failWrite(socket: Socket, status: number): void {
  if (socket.destroyed) return;
  const code = getSystemErrorName(status);
  socket.destroy(Object.assign(new Error(`write ${code}`), { code, syscall: 'write' }));
}

/**
 * Has a socket that is connected tell of what it reads into a buffer of ours past its stream, where
 * that is possible; of its end, of errors and of what it reads elsewhere the stream tells, as
 * before.
 */
export function readPastStream(
  socket: Socket,
  onBytes: (length: number) => void,
  streams: NodeStreams | undefined,
): void {
  const handle = streams?.handleOf(socket);
  if (handle === undefined || streams === undefined) return;
  const { onread } = handle;
  handle.onread = (chunk) => {
    const length = streams.bytesRead();
    if (length <= 0 || chunk !== undefined) return onread.call(handle, chunk);
    onBytes(length);
    return undefined;
  };
}

function streamWrap(): unknown {
  const { binding } = process as unknown as { readonly binding?: (name: string) => unknown };
  try {
    return binding?.call(process, 'stream_wrap');
  } catch {
    return undefined;
  }
}
