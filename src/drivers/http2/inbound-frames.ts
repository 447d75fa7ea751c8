import { type Ns, NS_PER_SEC } from '../../core/index.ts';
import { AnswerHead } from './answer-head.ts';
import { FieldSection } from './field-section.ts';
import {
  ACK,
  COMPRESSION_ERROR,
  CONTINUATION,
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  errorName,
  FLOW_CONTROL_ERROR,
  FRAME_HEADER_BYTES,
  FRAME_SIZE_ERROR,
  GOAWAY,
  HEADERS,
  NO_ERROR,
  PADDED,
  PING,
  PRIORITY,
  PRIORITY_FLAG,
  PROTOCOL_ERROR,
  PUSH_PROMISE,
  readUint31,
  readUint32,
  RST_STREAM,
  SETTINGS,
  STREAM_CLOSED,
  UINT31_MAX,
  WINDOW_UPDATE,
} from './frame-format.ts';
import type { FrameHead, FrameSink } from './frame-reader.ts';
import type { PeerSettings } from './peer-settings.ts';
import type { Http2Stream } from './stream.ts';
import { ENDED, IDLE, type StreamTable } from './stream-table.ts';

/**
 * How many bytes of data the peer may send ahead: nothing of them is kept, so it is never narrow.
 */
export const RECEIVE_WINDOW_BYTES = 1_073_741_824;

/**
 * Most frames in a second that bring no call on; a peer is not to keep the thread busy with them.
 */
export const IDLE_FRAMES_PER_SEC_MAX = 10_000;

/** What the frames of the peer ask of the connection. */
export interface InboundEvents {
  /** When the bytes under reading came. */
  readonly readNs: Ns;
  /** The settings have changed; the windows of streams by so many bytes. They are acknowledged. */
  settingsChanged(windowChangeBytes: number): void;
  pinged(bytes: Uint8Array, from: number): void;
  /**
   * The connection's window, or a stream's, is wider by `bytes`. Returns whether that let data go.
   */
  windowUpdated(stream: Http2Stream | undefined, bytes: number): boolean;
  /** So many bytes of data may be sent anew, on the connection or a stream. */
  giveBack(streamId: number, bytes: number): void;
  goAway(lastStreamId: number, error: string): void;
  /**
   * The peer has closed the stream: it has ended, or is reset for the reason that `error` names.
   */
  streamOver(stream: Http2Stream, error: string): void;
  /** The peer has broken the protocol, on one stream only or altogether. */
  streamBroken(stream: Http2Stream, code: number, error: string): void;
  broken(code: number, error: string): void;
}

/**
 * Takes the frames of the peer, and holds them to the protocol: what breaks it ends the connection,
 * or the stream where the others can go on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-6
 */
export class InboundFrames implements FrameSink {
  readonly #events: InboundEvents;
  readonly #streams: StreamTable;
  readonly #settings: PeerSettings;
  readonly #answer = new AnswerHead();
  readonly #section = new FieldSection();
  #sawSettings = false;
  /** Of DATA under reading; undefined where nobody waits for it. */
  #dataStream: Http2Stream | undefined;
  #unacknowledgedBytes = 0;
  #lastGoAwayId = UINT31_MAX;
  #idleFrames = 0;
  #idleSecond = 0;

  constructor(events: InboundEvents, streams: StreamTable, settings: PeerSettings) {
    this.#events = events;
    this.#streams = streams;
    this.#settings = settings;
  }

  frame(head: FrameHead, bytes: Uint8Array, from: number, to: number): void {
    const { type, streamId } = head;
    if (!this.#sawSettings && (type !== SETTINGS || (head.flags & ACK) !== 0)) {
      this.broken(PROTOCOL_ERROR, 'no settings first');
    } else if (this.#section.streamId !== 0 && type !== CONTINUATION) {
      this.broken(PROTOCOL_ERROR, 'header block cut short');
    } else if (type === HEADERS) {
      this.#takeHeaders(head, bytes, from, to);
    } else if (type === CONTINUATION) {
      this.#takeContinuation(head, bytes, from, to);
    } else {
      const isOfStream = type === RST_STREAM || type === PRIORITY;
      const isOfConnection = type === SETTINGS || type === PING || type === GOAWAY;
      if (isOfStream ? streamId === 0 : isOfConnection && streamId !== 0) {
        this.broken(PROTOCOL_ERROR, 'frame on the wrong stream');
      } else {
        this.#takeOther(head, bytes, from, to);
      }
    }
  }

  dataBegins(head: FrameHead): void {
    const { streamId, length } = head;
    if (!this.#sawSettings) return this.broken(PROTOCOL_ERROR, 'no settings first');
    if (this.#section.streamId !== 0) {
      return this.broken(PROTOCOL_ERROR, 'header block cut short');
    }
    this.#unacknowledgedBytes += length;
    if (this.#unacknowledgedBytes > RECEIVE_WINDOW_BYTES) {
      return this.broken(FLOW_CONTROL_ERROR, 'window overrun');
    }
    if (this.#unacknowledgedBytes > RECEIVE_WINDOW_BYTES / 2) {
      this.#events.giveBack(0, this.#unacknowledgedBytes);
      this.#unacknowledgedBytes = 0;
    }
    const stream = this.#streams.open.get(streamId);
    this.#dataStream = stream;
    if (length === 0 || stream === undefined) this.#countIdle();
    if (stream === undefined) {
      this.#checkClosed(streamId);
    } else if (stream.hasHead) {
      stream.bytesIn += FRAME_HEADER_BYTES;
      this.#countData(stream, length);
    } else {
      this.#dataStream = undefined;
      this.#events.streamBroken(stream, PROTOCOL_ERROR, 'data before the head');
    }
  }

  data(bytes: Uint8Array, from: number, to: number): void {
    const stream = this.#dataStream;
    if (stream === undefined || stream.isClosed) return;
    this.#idleFrames = 0;
    stream.bytesIn += to - from;
    stream.bodyBytes += to - from;
    stream.sink.data(bytes, from, to);
  }

  dataEnds(head: FrameHead): void {
    const stream = this.#dataStream;
    this.#dataStream = undefined;
    if ((head.flags & END_STREAM) === 0) return;
    if (stream === undefined || stream.isClosed) this.#streams.settle(head.streamId);
    else this.#events.streamOver(stream, '');
  }

  broken(code: number, error: string): void {
    this.#events.broken(code, error);
  }

  #countData(stream: Http2Stream, length: number): void {
    stream.unacknowledgedBytes += length;
    if (stream.unacknowledgedBytes > RECEIVE_WINDOW_BYTES) {
      this.broken(FLOW_CONTROL_ERROR, 'window overrun');
    } else if (stream.unacknowledgedBytes > RECEIVE_WINDOW_BYTES / 2) {
      this.#events.giveBack(stream.id, stream.unacknowledgedBytes);
      stream.unacknowledgedBytes = 0;
    }
  }

  /**
   * What comes for a stream that is not open is passed over only where it was reset.
   */
  #checkClosed(streamId: number): void {
    const state = this.#streams.stateOf(streamId);
    if (state === IDLE) this.broken(PROTOCOL_ERROR, 'frame on an idle stream');
    else if (state === ENDED) this.broken(STREAM_CLOSED, 'frame on an ended stream');
  }

  #takeHeaders(head: FrameHead, bytes: Uint8Array, from: number, to: number): void {
    const { flags, streamId, length } = head;
    if (streamId === 0) return this.broken(PROTOCOL_ERROR, 'frame on the wrong stream');
    const isPadded = (flags & PADDED) !== 0;
    const padding = isPadded ? (bytes[from] ?? 0) : 0;
    const start = from + (isPadded ? 1 : 0) + ((flags & PRIORITY_FLAG) === 0 ? 0 : 5);
    const end = to - padding;
    if (start > to) return this.broken(FRAME_SIZE_ERROR, 'bad headers frame');
    if (start > end) return this.broken(PROTOCOL_ERROR, 'bad padding');
    const stream = this.#streams.open.get(streamId);
    if (stream === undefined) {
      this.#countIdle();
      this.#checkClosed(streamId);
    } else {
      if (stream.firstByteNs < 0) stream.firstByteNs = this.#events.readNs;
      stream.bytesIn += FRAME_HEADER_BYTES + length;
    }
    const endStream = (flags & END_STREAM) !== 0;
    if ((flags & END_HEADERS) !== 0) {
      this.#takeBlock(streamId, endStream, bytes, start, end);
    } else {
      this.#section.begin(streamId, endStream);
      this.#addToSection(bytes, start, end);
    }
  }

  #takeContinuation(head: FrameHead, bytes: Uint8Array, from: number, to: number): void {
    const section = this.#section;
    const { streamId } = section;
    if (streamId === 0 || head.streamId !== streamId) {
      return this.broken(PROTOCOL_ERROR, 'unexpected continuation');
    }
    const stream = this.#streams.open.get(streamId);
    if (stream) stream.bytesIn += FRAME_HEADER_BYTES + head.length;
    if (!this.#addToSection(bytes, from, to) || (head.flags & END_HEADERS) === 0) return;
    section.streamId = 0;
    this.#takeBlock(streamId, section.endStream, section.bytes, 0, section.length);
  }

  #addToSection(bytes: Uint8Array, from: number, to: number): boolean {
    const fits = this.#section.add(bytes, from, to);
    if (!fits) this.broken(ENHANCE_YOUR_CALM, 'header block too long');
    return fits;
  }

  /** A whole block has come. That of a stream which nobody waits for says nothing of others. */
  #takeBlock(streamId: number, ends: boolean, bytes: Uint8Array, from: number, to: number): void {
    const stream = this.#streams.open.get(streamId);
    if (stream === undefined) {
      if (ends) this.#streams.settle(streamId);
      return;
    }
    const answer = this.#answer;
    const { hasHead, sink } = stream;
    const isInForm = hasHead
      ? answer.readTrailers(bytes, from, to, sink.wantsFields)
      : answer.readHead(bytes, from, to, sink.wantsFields);
    if (!isInForm) {
      if (answer.code === COMPRESSION_ERROR) this.broken(answer.code, answer.error);
      else this.#events.streamBroken(stream, answer.code, answer.error);
    } else if (hasHead) {
      if (ends) sink.trailers(answer.fields);
      else this.#events.streamBroken(stream, PROTOCOL_ERROR, 'trailers without an end');
    } else if (answer.status < 200) {
      this.#countIdle();
      if (ends) this.#events.streamBroken(stream, PROTOCOL_ERROR, 'interim answer that ends');
      return;
    } else {
      this.#idleFrames = 0;
      stream.hasHead = true;
      stream.contentLength = answer.contentLength;
      sink.headers(answer.status, answer.fields);
    }
    if (ends && !stream.isClosed) this.#events.streamOver(stream, '');
  }

  #takeOther(head: FrameHead, bytes: Uint8Array, from: number, to: number): void {
    const { length } = head;
    if (head.type !== RST_STREAM && head.type !== WINDOW_UPDATE) this.#countIdle();
    switch (head.type) {
      case SETTINGS:
        return this.#takeSettings(head, bytes, from, to);
      case WINDOW_UPDATE:
        if (length !== 4) return this.broken(FRAME_SIZE_ERROR, 'bad window update');
        return this.#takeWindowUpdate(head.streamId, readUint31(bytes, from));
      case RST_STREAM:
        if (length !== 4) return this.broken(FRAME_SIZE_ERROR, 'bad reset');
        return this.#takeReset(head.streamId, readUint32(bytes, from));
      case PING:
        if (length !== 8) return this.broken(FRAME_SIZE_ERROR, 'bad ping');
        if ((head.flags & ACK) === 0) this.#events.pinged(bytes, from);
        return;
      case GOAWAY:
        if (length < 8) return this.broken(FRAME_SIZE_ERROR, 'bad goaway');
        return this.#takeGoAway(readUint31(bytes, from), readUint32(bytes, from + 4));
      case PRIORITY:
        if (length !== 5) this.broken(FRAME_SIZE_ERROR, 'bad priority');
        return;
      case PUSH_PROMISE:
        return this.broken(PROTOCOL_ERROR, 'push though it is disabled');
      default:
      // Types that nobody knows are passed over.
    }
  }

  #takeSettings(head: FrameHead, bytes: Uint8Array, from: number, to: number): void {
    if ((head.flags & ACK) !== 0) {
      if (head.length !== 0) this.broken(FRAME_SIZE_ERROR, 'bad settings');
      return;
    }
    if (head.length % 6 !== 0) return this.broken(FRAME_SIZE_ERROR, 'bad settings');
    const before = this.#settings.initialWindowBytes;
    const code = this.#settings.take(bytes, from, to);
    if (code !== NO_ERROR) return this.broken(code, 'bad settings');
    this.#sawSettings = true;
    this.#events.settingsChanged(this.#settings.initialWindowBytes - before);
  }

  #takeWindowUpdate(streamId: number, bytes: number): void {
    const stream = this.#streams.open.get(streamId);
    if (streamId !== 0 && stream === undefined) {
      // One that has ended may still get a wider window.
      if (this.#streams.stateOf(streamId) === IDLE) this.#checkClosed(streamId);
    } else if (bytes > 0) {
      if (!this.#events.windowUpdated(stream, bytes)) this.#countIdle();
    } else if (stream === undefined) {
      this.broken(PROTOCOL_ERROR, 'bad window update');
    } else {
      this.#events.streamBroken(stream, PROTOCOL_ERROR, 'bad window update');
    }
  }

  #takeReset(streamId: number, code: number): void {
    const stream = this.#streams.open.get(streamId);
    if (stream === undefined) this.#countIdle();
    if (stream !== undefined) this.#events.streamOver(stream, `reset: ${errorName(code)}`);
    else if (this.#streams.stateOf(streamId) === IDLE) this.#checkClosed(streamId);
  }

  #takeGoAway(lastStreamId: number, code: number): void {
    if (lastStreamId > this.#lastGoAwayId) return this.broken(PROTOCOL_ERROR, 'bad goaway');
    this.#lastGoAwayId = lastStreamId;
    this.#events.goAway(lastStreamId, `goaway: ${errorName(code)}`);
  }

  #countIdle(): void {
    const second = Math.floor(this.#events.readNs / NS_PER_SEC);
    if (second !== this.#idleSecond) {
      this.#idleSecond = second;
      this.#idleFrames = 0;
    }
    if (++this.#idleFrames > IDLE_FRAMES_PER_SEC_MAX) {
      this.broken(ENHANCE_YOUR_CALM, 'too many frames for nothing');
    }
  }
}
