import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type ConnectParts, invariant, type Ns, type Timer } from '../../core/index.ts';
import {
  afterPoll,
  connectErrorText,
  dial,
  IdleWatch,
  isClosedByPeer,
  NODE_STREAMS,
  readPastStream,
  socketErrorText,
} from '../http/index.ts';
import type { Http2ConnectionEvents, Http2ConnectionShared } from './connection-parts.ts';
import {
  ACK,
  CANCEL,
  errorName,
  FLOW_CONTROL_ERROR,
  FRAME_HEADER_BYTES,
  NO_ERROR,
  PING,
  REFUSED_STREAM,
  RST_STREAM,
  SETTINGS,
  UINT31_MAX,
  WINDOW_UPDATE,
} from './frame-format.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { withoutTable } from './header-block.ts';
import { type InboundEvents, InboundFrames } from './inbound-frames.ts';
import { writeGoodbye, writeOpening } from './opening-frames.ts';
import { OutboundData } from './outbound-data.ts';
import { PeerSettings } from './peer-settings.ts';
import { Http2Stream, type StreamFate, type StreamSink } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** So many streams may wait for the end of a turn: what the turn takes delays them. */
const BATCH_STREAMS_MAX = 32;

/** What a stream ends with of which the peer has done nothing. */
const REFUSED = `reset: ${errorName(REFUSED_STREAM)}`;

const PING_BYTES = 8;
const NOTHING = new Uint8Array(0);

/**
 * One connection and the streams on it.
 *
 *   dialling ─► settings awaited ─► open ─► draining ─► closed
 *                                     goaway, ids used up
 *
 * Frames are gathered and leave at the end of the turn, or of the read, in which they were made; a
 * stream counts as sent when they do.
 */
export class Http2Connection {
  /** When the bytes under reading came. */
  readNs: Ns = 0;
  /** Our port of it; 0 where it has none. */
  localPort = 0;
  /** Streams that were opened on it. */
  streamsOpened = 0;
  /** Its place among those that take a call, or -1; `ConnectionChoice` alone writes it. */
  freePlace: number | undefined;
  readonly #shared: Http2ConnectionShared;
  readonly #events: Http2ConnectionEvents<Http2Connection>;
  readonly #socket: Socket;
  /** Bounds the dial, and then the connection's age. */
  #timer: Timer;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #outbound: OutboundData;
  readonly #settings = new PeerSettings();
  readonly #streams: StreamTable;
  /** Opened since the last flush. */
  readonly #unsent: Http2Stream[] = [];
  #parts: ConnectParts | undefined;
  #opened = false;
  #draining = false;
  #isOld = false;
  #isProven = false;
  readonly #idle: IdleWatch;
  #idleSinceNs: Ns = 0;
  #closed = false;
  #reading = false;
  #flushPlanned = false;

  constructor(shared: Http2ConnectionShared, events: Http2ConnectionEvents<Http2Connection>) {
    this.#shared = shared;
    this.#events = events;
    this.#streams = new StreamTable(shared.streamIdMax);
    this.#idle = new IdleWatch({
      clock: shared.clock,
      maxIdleNs: shared.idleNsMax,
      idleSinceNs: () => (this.active > 0 ? Infinity : this.#idleSinceNs),
      onIdle: () => this.#wearOut(),
    });
    this.#timer = afterPoll(shared.clock, shared.connectTimeoutNs, () => {
      this.#closeFor('connect timeout');
    });
    this.#socket = dial(shared.address, shared.readBuffer, shared.tlsSession, {
      clock: shared.dialClock,
      open: (parts) => this.#onDialled(parts),
      bytes: (bytes, length) => this.#onBytes(bytes, length),
    });
    this.#socket.on('error', (error) => this.#closeFor(socketErrorText(error)));
    this.#socket.on('end', () => this.#closeFor('ECONNRESET'));
    this.#socket.on('close', () => this.#closeFor('ECONNRESET'));
    this.#socket.on('drain', () => {
      this.#outbound.pump();
      this.#planFlush();
    });
    this.#writer = new FrameWriter(this.#socket);
    this.#outbound = new OutboundData(this.#socket, this.#writer, () => this.#flush());
    this.#reader = new FrameReader(
      new InboundFrames(this.#inboundEvents(), this.#streams, this.#settings),
    );
  }

  /** Streams that are open now. */
  get active(): number {
    return this.#streams.open.size;
  }

  /** Whether it has had its streams or its time: that it goes is our own doing. */
  get isWorn(): boolean {
    return this.#streams.isUsedUp || this.#isOld;
  }

  /** Whether a stream may be opened. */
  get canOpen(): boolean {
    const { streamsMax } = this.#shared;
    return (
      this.#opened &&
      !this.#draining &&
      !this.#closed &&
      this.active < Math.min(streamsMax, this.#settings.maxConcurrentStreams)
    );
  }

  /**
   * Opens a stream with a block of fields (`headerBlock`), of which a copy is taken. Only while
   * {@link canOpen}. `endStream` where nothing follows.
   */
  openStream(block: Uint8Array, sink: StreamSink, endStream: boolean): Http2Stream {
    invariant(this.canOpen, 'a stream is opened only where there is room');
    const id = this.#streams.takeId();
    const stream = new Http2Stream(id, sink, this.#settings.initialWindowBytes);
    const sentBlock = this.streamsOpened === 0 ? withoutTable(block) : block;
    this.#streams.open.add(stream);
    this.streamsOpened++;
    this.#writer.headers(id, sentBlock, endStream);
    stream.bytesOut = FRAME_HEADER_BYTES + sentBlock.length;
    stream.isSent = endStream;
    this.#unsent.push(stream);
    if (this.#unsent.length >= BATCH_STREAMS_MAX) this.#flush();
    else this.#planFlush();
    if (this.#streams.isUsedUp) this.#drain();
    return stream;
  }

  /**
   * Sends bytes of a stream's body as the windows of the peer allow; what must wait is queued, not
   * copied. Returns false, and takes none, where too much waits: go on at `drained`.
   */
  sendData(stream: Http2Stream, bytes: Uint8Array, endStream: boolean): boolean {
    if (stream.isClosed) return true;
    invariant(!stream.isSent && !stream.endsAfterQueue, 'nothing is sent behind the end');
    const isTaken = this.#outbound.queue(stream, bytes, endStream);
    this.#planFlush();
    return isTaken;
  }

  /** Ends a stream at once by RST_STREAM, with a code of RFC 9113; its sink hears nothing. */
  resetStream(stream: Http2Stream, code: number = CANCEL): void {
    if (stream.isClosed) return;
    this.#streams.remove(stream, true);
    this.#writer.number(RST_STREAM, stream.id, code);
    this.#planFlush();
    this.#streamGone();
  }

  /** Closes; nothing is reported. Whoever has streams open ends them before. */
  close(): void {
    if (this.#closed) return;
    if (this.#parts !== undefined) writeGoodbye(this.#writer, NO_ERROR);
    this.#destroy();
  }

  #onDialled(parts: ConnectParts): void {
    if (this.#closed) return;
    if (this.#socket instanceof TLSSocket && this.#socket.alpnProtocol !== 'h2') {
      this.#closeFor('no HTTP/2 by ALPN');
      return;
    }
    this.#parts = parts;
    this.localPort = this.#socket.localPort ?? 0;
    const { readBuffer } = this.#shared;
    readPastStream(this.#socket, (length) => this.#onBytes(readBuffer, length), NODE_STREAMS);
    writeOpening(this.#writer);
    this.#flush();
  }

  #onBytes(bytes: Uint8Array, length: number): void {
    this.readNs = this.#shared.clock.nowNs();
    this.#reading = true;
    this.#reader.feed(bytes, length);
    this.#reading = false;
    if (!this.#closed) this.#flush();
  }

  #inboundEvents(): InboundEvents {
    const readNs = (): Ns => this.readNs;
    return {
      get readNs() {
        return readNs();
      },
      settingsChanged: (windowChangeBytes) => this.#onSettings(windowChangeBytes),
      pinged: (bytes, from) => {
        this.#writer.frame(
          { type: PING, flags: ACK, streamId: 0, length: PING_BYTES },
          bytes,
          from,
        );
      },
      windowUpdated: (stream, bytes) => this.#onWindowUpdate(stream, bytes),
      giveBack: (streamId, bytes) => this.#writer.number(WINDOW_UPDATE, streamId, bytes),
      goAway: (lastStreamId, error) => this.#onGoAway(lastStreamId, error),
      streamOver: (stream, error) => this.#onStreamOver(stream, error),
      streamBroken: (stream, code, error) => {
        this.resetStream(stream, code);
        stream.sink.reset(error, 'unknown');
      },
      broken: (code, error) => {
        this.#closeFor(this.#opened ? error : `not HTTP/2: ${error}`, code);
      },
    };
  }

  #onSettings(windowChangeBytes: number): void {
    this.#writer.frame({ type: SETTINGS, flags: ACK, streamId: 0, length: 0 }, NOTHING, 0);
    for (const stream of this.#streams.open.all()) {
      stream.sendWindow += windowChangeBytes;
      if (stream.sendWindow > UINT31_MAX) {
        this.#closeFor('window too wide', FLOW_CONTROL_ERROR);
        return;
      }
    }
    if (!this.#opened && this.#parts !== undefined) {
      this.#opened = true;
      this.#timer.cancel();
      this.#watchAge();
      this.#idleSinceNs = this.readNs;
      this.#idle.begin();
      this.#events.opened(this, this.#parts);
    } else {
      this.#events.changed(this);
    }
    this.#outbound.pump();
  }

  #onWindowUpdate(stream: Http2Stream | undefined, bytes: number): boolean {
    if (stream === undefined) {
      if (!this.#outbound.widen(bytes)) {
        this.#closeFor('window too wide', FLOW_CONTROL_ERROR);
        return false;
      }
    } else {
      stream.sendWindow += bytes;
      if (stream.sendWindow > UINT31_MAX) {
        this.resetStream(stream, FLOW_CONTROL_ERROR);
        stream.sink.reset('window too wide', 'unknown');
        return false;
      }
    }
    return this.#outbound.pump();
  }

  /**
   * Those that were not sent yet may go elsewhere; of the others the peer says which it will end.
   */
  #onGoAway(lastStreamId: number, error: string): void {
    this.#drain();
    const unsent = this.#takeBackUnsent();
    const lost = this.#streams.open.all().filter(({ id }) => id > lastStreamId);
    for (const stream of lost) this.#streams.remove(stream, true);
    this.#closeIfDone();
    for (const stream of unsent) stream.sink.unsent();
    for (const stream of lost) stream.sink.reset(error, 'left-out');
  }

  #onStreamOver(stream: Http2Stream, error: string): void {
    // An answer may come before the body is out: the rest of it is of no use to anybody.
    const isCutShort = error === '' && !stream.isSent;
    this.#streams.remove(stream, error !== '');
    if (isCutShort) this.#writer.number(RST_STREAM, stream.id, CANCEL);
    if (!this.#isProven) {
      this.#isProven = true;
      this.#events.proven(this);
    }
    this.#streamGone();
    if (error === '') stream.sink.ended();
    else stream.sink.reset(error, error === REFUSED ? 'refused' : 'unknown');
  }

  #watchAge(): void {
    const { clock, ageNsMax } = this.#shared;
    if (ageNsMax === Infinity) return;
    this.#timer = clock.after(ageNsMax, () => this.#wearOut());
  }

  /** It has had its time: closed now, or behind the streams on it. */
  #wearOut(): void {
    this.#isOld = true;
    this.#drain();
    this.#closeIfDone();
  }

  #streamGone(): void {
    this.#idleSinceNs = this.readNs;
    if (this.#draining) this.#closeIfDone();
    else this.#events.freed(this);
  }

  /** Returns the streams of which nothing was sent; the connection knows them no more. */
  #takeBackUnsent(): Http2Stream[] {
    const unsent = this.#unsent.splice(0);
    if (unsent[0] !== undefined) this.#writer.takeBack(unsent[0].id);
    const open = unsent.filter((stream) => !stream.isClosed);
    for (const stream of open) this.#streams.remove(stream, true);
    return open;
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#events.lost(this);
  }

  #closeIfDone(): void {
    if (this.active === 0 && !this.#closed) this.close();
  }

  #planFlush(): void {
    if (this.#flushPlanned || this.#reading) return;
    this.#flushPlanned = true;
    queueMicrotask(() => {
      this.#flushPlanned = false;
      if (!this.#closed) this.#flush();
    });
  }

  #flush(): void {
    if (this.#unsent.length > 0) {
      const nowNs = this.#shared.clock.nowNs();
      for (const stream of this.#unsent) if (!stream.isClosed) stream.sink.sent(nowNs);
      this.#unsent.length = 0;
    }
    this.#writer.flush();
  }

  /**
   * Closes, and says what that means: for who dialled, for who keeps it, and for every stream. The
   * peer gets the code of what it did wrong.
   */
  #closeFor(error: string, code?: number): void {
    if (this.#closed) return;
    const unsent = this.#takeBackUnsent();
    if (code !== undefined && this.#parts !== undefined) writeGoodbye(this.#writer, code);
    this.#destroy();
    if (!this.#opened) {
      this.#events.failed(this, connectErrorText(error, this.#shared.address));
      return;
    }
    const lost = this.#streams.open.all();
    for (const stream of lost) this.#streams.remove(stream, true);
    this.#drain();
    for (const stream of unsent) stream.sink.unsent();
    for (const { sink, bytesIn } of lost) {
      const isAnswered = bytesIn > 0;
      const fate: StreamFate =
        this.#isProven && !isAnswered && code === undefined && isClosedByPeer(error)
          ? 'unanswered'
          : 'unknown';
      sink.reset(error === 'ECONNRESET' && isAnswered ? 'closed mid-response' : error, fate);
    }
  }

  #destroy(): void {
    this.#closed = true;
    this.#events.closed(this);
    this.#timer.cancel();
    this.#idle.stop();
    this.#reader.stop();
    this.#socket.destroy();
  }
}
