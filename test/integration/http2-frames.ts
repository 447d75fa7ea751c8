import type { Socket } from 'node:net';

const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const [HEADERS, SETTINGS, PING] = [1, 4, 6];
const ACK = 1;

/** Returns a frame of HTTP/2. */
export function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Returns a HEADERS frame that says these headers literally, names of up to 126 bytes. */
export function headersFrame(
  streamId: number,
  isLast: boolean,
  fields: readonly (readonly [name: string, value: string])[],
): Buffer {
  const block = fields.map(([name, value]) => {
    const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
    const [before, between] = [
      Buffer.from([0, nameBytes.length]),
      Buffer.from([valueBytes.length]),
    ];
    return Buffer.concat([before, nameBytes, between, valueBytes]);
  });
  return frame(HEADERS, isLast ? 5 : 4, streamId, Buffer.concat(block));
}

/** Returns a DATA frame. */
export function dataFrame(streamId: number, isLast: boolean, text: string): Buffer {
  return frame(0, isLast ? 1 : 0, streamId, Buffer.from(text));
}

/** Speaks as a server on a socket: greets, acknowledges, and calls `asked` for every request. */
export function serveFrames(
  socket: Socket,
  asked: (streamId: number, socket: Socket) => void,
): void {
  let unread = Buffer.alloc(0);
  let isGreeted = false;
  socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
  socket.on('data', (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    if (!isGreeted) {
      if (unread.length < PREFACE_BYTES) return;
      unread = unread.subarray(PREFACE_BYTES);
      isGreeted = true;
    }
    while (unread.length >= HEAD_BYTES) {
      const length = HEAD_BYTES + unread.readUIntBE(0, 3);
      if (unread.length < length) return;
      const [type, flags = 0] = [unread[3], unread[4]];
      const streamId = unread.readUInt32BE(5) & 0x7fff_ffff;
      unread = unread.subarray(length);
      if (type === SETTINGS && (flags & ACK) === 0) {
        socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
      }
      if (type === PING && (flags & ACK) === 0) {
        socket.write(frame(PING, ACK, 0, Buffer.alloc(8)));
      }
      if (type === HEADERS) asked(streamId, socket);
    }
  });
}
