import { OK } from '../core/index.ts';
import type { LiveCall } from './driver.ts';

/** Returns a new slot for a call; every field is written anew before each use. */
export function newSlot(): LiveCall {
  return {
    seq: 0,
    phaseIndex: 0,
    stepIndex: 0,
    intendedNs: 0,
    seenNs: 0,
    spanSeq: 0,
    iteration: undefined,
    place: 0,
    request: undefined,
    answer: undefined,
    sentNs: -1,
    firstByteNs: -1,
    endNs: 0,
    outcome: OK,
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
    error: '',
  };
}
