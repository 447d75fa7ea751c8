const GROUP = 10_000;
const DIGIT_0 = 48;

/**
 * Writes 64 bits, of which 32 are given each, as a decimal number of 1 to 20 digits that ends
 * before `end`, and returns where it begins. The 20 bytes before `end` may be written to; nothing
 * is allocated.
 *
 * Four digits at a time: the number lies in four parts of 16 bits and is divided by 10^4, the rest
 * of each part going into the next. A rest is below 10^4, so that no step exceeds 10^4 · 2^16.
 */
export function writeDecimal64(high: number, low: number, out: Uint8Array, end: number): number {
  let a = high >>> 16;
  let b = high & 0xffff;
  let c = low >>> 16;
  let d = low & 0xffff;
  let at = end;
  do {
    let rest = a % GROUP;
    a = (a / GROUP) | 0;
    let part = rest * 65_536 + b;
    rest = part % GROUP;
    b = (part / GROUP) | 0;
    part = rest * 65_536 + c;
    rest = part % GROUP;
    c = (part / GROUP) | 0;
    part = rest * 65_536 + d;
    rest = part % GROUP;
    d = (part / GROUP) | 0;
    at = writeGroup(rest, out, at);
  } while ((a | b | c | d) !== 0);
  while (out[at] === DIGIT_0 && at < end - 1) at++;
  return at;
}

/** Writes four digits that end before `end`; returns where they begin. */
function writeGroup(group: number, out: Uint8Array, end: number): number {
  out[end - 1] = DIGIT_0 + (group % 10);
  out[end - 2] = DIGIT_0 + (((group / 10) | 0) % 10);
  out[end - 3] = DIGIT_0 + (((group / 100) | 0) % 10);
  out[end - 4] = DIGIT_0 + ((group / 1_000) | 0);
  return end - 4;
}
