import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  HEADERS,
  SETTINGS,
} from '../../src/drivers/http2/frame-format.ts';
import { FrameReader, type FrameSink } from '../../src/drivers/http2/frame-reader.ts';
import { type Field, headerBlock } from '../../src/drivers/http2/index.ts';
import { frameBytes } from '../drivers/http2/frames.ts';
import type { Draw } from '../fuzz/draw.ts';
import { mutated } from '../fuzz/mutation.ts';

const PREFACE_BYTES = 24;
const NOTHING = Buffer.alloc(0);
const TYPES_MAX = 12;
/** How many answers come as they are: one that breaks the connection takes others with it. */
const WHOLE = 0.7;

/** The parts of an answer of one stream. */
export interface AnswerParts {
  readonly head: readonly Field[];
  /** Pieces of the body, a DATA frame each. */
  readonly body: readonly Uint8Array[];
  readonly trailers: readonly Field[];
}

/**
 * A server of HTTP/2 that answers every stream with frames that are damaged more often than not.
 * What it is drawn from is the caller's.
 */
export class DamagingServer {
  /** How many streams were opened. */
  streams = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #draw: Draw;
  readonly #answerOf: (draw: Draw) => AnswerParts;

  constructor(draw: Draw, answerOf: (draw: Draw) => AnswerParts) {
    this.#draw = draw;
    this.#answerOf = answerOf;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    socket.write(frameBytes({ type: SETTINGS, flags: 0, streamId: 0, payload: NOTHING }));
    const ignore = (): void => undefined;
    const sink: FrameSink = {
      frame: ({ type, streamId }) => {
        if (type === HEADERS && socket.writable) this.#answer(socket, streamId);
      },
      dataBegins: ignore,
      data: ignore,
      dataEnds: ignore,
      broken: () => socket.destroy(),
    };
    const reader = new FrameReader(sink);
    let prefaceLeft = PREFACE_BYTES;
    socket.on('data', (bytes: Buffer) => {
      const from = Math.min(prefaceLeft, bytes.length);
      prefaceLeft -= from;
      const frames = bytes.subarray(from);
      reader.feed(frames, frames.length);
    });
  }

  #answer(socket: Socket, streamId: number): void {
    this.streams++;
    const draw = this.#draw;
    const whole = Buffer.concat(framesOf(this.#answerOf(draw), streamId));
    if (draw.chance(WHOLE)) {
      socket.write(whole);
      return;
    }
    const bytes = Buffer.from(
      mutated({ corpus: [whole.toString('latin1')], tokens: [oddFrame(draw, streamId)] }, draw),
      'latin1',
    );
    const cut = draw.below(bytes.length + 1);
    socket.write(bytes.subarray(0, cut));
    if (draw.chance(0.1)) socket.end();
    else socket.write(bytes.subarray(cut));
  }
}

function framesOf({ head, body, trailers }: AnswerParts, streamId: number): Buffer[] {
  return [
    fieldsFrame(head, END_HEADERS, streamId),
    ...body.map((payload) => frameBytes({ type: DATA, flags: 0, streamId, payload })),
    fieldsFrame(trailers, END_HEADERS | END_STREAM, streamId),
  ];
}

function fieldsFrame(fields: readonly Field[], flags: number, streamId: number): Buffer {
  return frameBytes({ type: HEADERS, flags, streamId, payload: headerBlock(fields) });
}

/** Returns a frame with a head that is whole; its type, flags, stream and payload are any. */
function oddFrame(draw: Draw, streamId: number): string {
  const payload = Buffer.from(Array.from({ length: draw.below(20) }, () => draw.below(256)));
  return frameBytes({
    type: draw.below(TYPES_MAX),
    flags: draw.below(256),
    streamId: draw.of([0, streamId, streamId, streamId + 2, 1, 2]),
    payload,
  }).toString('latin1');
}
