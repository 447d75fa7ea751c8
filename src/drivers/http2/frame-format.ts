/** What HTTP/2 frames are made of, and the numbers that the protocol gives their parts. */

export const FRAME_HEADER_BYTES = 9;

/** Most bytes of a frame's payload that we take and send: what everybody must take. */
export const FRAME_PAYLOAD_BYTES_MAX = 16_384;

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY_FLAG = 0x20;

export const SETTINGS_HEADER_TABLE_SIZE = 1;
export const SETTINGS_ENABLE_PUSH = 2;
export const SETTINGS_MAX_CONCURRENT_STREAMS = 3;
export const SETTINGS_INITIAL_WINDOW_SIZE = 4;
export const SETTINGS_MAX_FRAME_SIZE = 5;

/** The largest window, and the largest number of a stream. */
export const UINT31_MAX = 0x7fff_ffff;

export const WINDOW_BYTES_DEFAULT = 65_535;

/**
 * The error codes by their numbers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-7
 */
const ERROR_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;

export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const FLOW_CONTROL_ERROR = 3;
export const STREAM_CLOSED = 5;
export const FRAME_SIZE_ERROR = 6;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const COMPRESSION_ERROR = 9;
export const ENHANCE_YOUR_CALM = 11;

/** Returns the name of an error code, one fixed text for all that have none. */
export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? 'an unknown error code';
}

/** Returns the big-endian number of four bytes, 0 to 2^32 - 1. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return readUint24(bytes, at) * 256 + (bytes[at + 3] ?? 0);
}

/** Returns the same without its highest bit, which is reserved. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) & UINT31_MAX;
}

export function readUint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

export function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Writes the nine bytes before a frame's payload of `length` bytes. */
export function writeFrameHeader(
  out: Uint8Array,
  at: number,
  frame: {
    readonly type: number;
    readonly flags: number;
    readonly streamId: number;
    readonly length: number;
  },
): void {
  out[at] = frame.length >>> 16;
  out[at + 1] = frame.length >>> 8;
  out[at + 2] = frame.length;
  out[at + 3] = frame.type;
  out[at + 4] = frame.flags;
  writeUint32(out, at + 5, frame.streamId);
}
