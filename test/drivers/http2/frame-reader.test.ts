import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, frameBytes, readFrames } from './frames.ts';

const DATA = 0;
const PADDED = 8;

const frames = fc.array(
  fc.record({
    type: fc.integer({ min: 0, max: 12 }),
    flags: fc.constantFrom(0, 1, 4, 5),
    streamId: fc.integer({ min: 1, max: 0x7fff_ffff }),
    payload: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 8 },
);

describe('FrameReader', () => {
  it('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(400)), (list, cuts) => {
        const bytes = Buffer.concat(list.map(frameBytes));
        const expected = list.map(({ payload, ...head }) => ({
          ...head,
          length: payload.length,
          payload: Buffer.from(payload).toString('hex'),
        }));
        expect(readFrames([bytes]).frames).toEqual(expected);
        expect(readFrames([...bytes].map((byte) => Uint8Array.of(byte))).frames).toEqual(expected);
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b)];
        const pieces = at.map((from, i) => bytes.subarray(from, at[i + 1]));
        expect(readFrames(pieces).frames).toEqual(expected);
      }),
    );
  });

  it('takes the padding off data, at any cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(20), (data, padding) => {
        const payload = Uint8Array.of(padding, ...data, ...new Uint8Array(padding));
        const frame: Frame = { type: DATA, flags: PADDED, streamId: 1, payload };
        const bytes = Buffer.concat([frameBytes(frame), frameBytes({ ...frame, flags: 0 })]);
        const whole = readFrames([bytes]);
        expect(whole.frames[0]?.payload).toBe(Buffer.from(data).toString('hex'));
        expect(whole.frames[1]?.payload).toBe(Buffer.from(payload).toString('hex'));
        expect(readFrames([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
      }),
    );
  });

  it.each([
    ['6 frame too long', Buffer.from('004001000000000001', 'hex')],
    ['1 data on stream 0', Buffer.from('000001000000000000', 'hex')],
    ['6 bad padding', Buffer.from('000000000800000001', 'hex')],
    ['1 bad padding', Buffer.from('00000300080000000103aabb', 'hex')],
  ])('refuses: %s', (error, bytes) => {
    expect(
      readFrames([bytes, frameBytes({ type: 6, flags: 0, streamId: 0, payload: bytes })]),
    ).toEqual({ frames: [], errors: [error] });
  });
});
