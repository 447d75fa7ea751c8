import {
  GOAWAY,
  SETTINGS,
  SETTINGS_ENABLE_PUSH,
  SETTINGS_HEADER_TABLE_SIZE,
  SETTINGS_INITIAL_WINDOW_SIZE,
  WINDOW_BYTES_DEFAULT,
  WINDOW_UPDATE,
  writeUint32,
} from './frame-format.ts';
import type { FrameWriter } from './frame-writer.ts';
import { HEADER_TABLE_BYTES } from './hpack-decoder.ts';
import { RECEIVE_WINDOW_BYTES } from './inbound-frames.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

const OWN_SETTINGS: readonly (readonly [id: number, value: number])[] = [
  [SETTINGS_HEADER_TABLE_SIZE, HEADER_TABLE_BYTES],
  [SETTINGS_ENABLE_PUSH, 0],
  [SETTINGS_INITIAL_WINDOW_SIZE, RECEIVE_WINDOW_BYTES],
];
const SETTING_BYTES = 6;
const GOAWAY_BYTES = 8;

/** Writes what every connection begins with: the preface, our settings, and a wide window. */
export function writeOpening(writer: FrameWriter): void {
  const length = OWN_SETTINGS.length * SETTING_BYTES;
  const payload = new Uint8Array(length);
  for (const [i, [id, value]] of OWN_SETTINGS.entries()) {
    payload[i * SETTING_BYTES + 1] = id;
    writeUint32(payload, i * SETTING_BYTES + 2, value);
  }
  writer.bytes(PREFACE);
  writer.frame({ type: SETTINGS, flags: 0, streamId: 0, length }, payload, 0);
  writer.number(WINDOW_UPDATE, 0, RECEIVE_WINDOW_BYTES - WINDOW_BYTES_DEFAULT);
}

/**
 * Writes and hands over the last frame of a connection: GOAWAY by a code, of no stream of the peer.
 */
export function writeGoodbye(writer: FrameWriter, code: number): void {
  const payload = new Uint8Array(GOAWAY_BYTES);
  writeUint32(payload, 4, code);
  writer.frame({ type: GOAWAY, flags: 0, streamId: 0, length: GOAWAY_BYTES }, payload, 0);
  writer.flush();
}
