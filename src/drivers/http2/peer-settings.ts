import {
  FLOW_CONTROL_ERROR,
  FRAME_PAYLOAD_BYTES_MAX,
  NO_ERROR,
  PROTOCOL_ERROR,
  readUint32,
  SETTINGS_ENABLE_PUSH,
  SETTINGS_INITIAL_WINDOW_SIZE,
  SETTINGS_MAX_CONCURRENT_STREAMS,
  SETTINGS_MAX_FRAME_SIZE,
  UINT31_MAX,
  WINDOW_BYTES_DEFAULT,
} from './frame-format.ts';

const SETTING_BYTES = 6;
const FRAME_SIZE_SETTING_MAX = 0xff_ffff;

/**
 * What the peer asks of us. Of its header table and frame size nothing is kept: we use no table, as
 * the first block of each connection says, and send no longer frames than everybody takes.
 */
export class PeerSettings {
  maxConcurrentStreams = Infinity;
  initialWindowBytes = WINDOW_BYTES_DEFAULT;

  /** Takes in the payload of a SETTINGS frame. Returns the code of what is wrong, or NO_ERROR. */
  take(bytes: Uint8Array, from: number, to: number): number {
    for (let at = from; at < to; at += SETTING_BYTES) {
      const id = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      const value = readUint32(bytes, at + 2);
      if (id === SETTINGS_MAX_CONCURRENT_STREAMS) this.maxConcurrentStreams = value;
      if (id === SETTINGS_ENABLE_PUSH && value !== 0) return PROTOCOL_ERROR;
      if (id === SETTINGS_INITIAL_WINDOW_SIZE) {
        if (value > UINT31_MAX) return FLOW_CONTROL_ERROR;
        this.initialWindowBytes = value;
      }
      if (id === SETTINGS_MAX_FRAME_SIZE) {
        if (value < FRAME_PAYLOAD_BYTES_MAX || value > FRAME_SIZE_SETTING_MAX)
          return PROTOCOL_ERROR;
      }
    }
    return NO_ERROR;
  }
}
