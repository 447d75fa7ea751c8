import { randomBytes } from 'node:crypto';

/** Returns an id for a request: 96 random bits in 20 letters and digits, as Toxiproxy's look. */
export function requestId(): string {
  return BigInt(`0x${randomBytes(12).toString('hex')}`)
    .toString(32)
    .padStart(20, '0');
}
