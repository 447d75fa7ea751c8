const HEX_ID = /^(?!0+$)[0-9a-f]{1,32}$/u;

/**
 * Returns the 32 digits of a trace id that may be shorter, 64 bits say, or in upper case; undefined
 * where it is none.
 */
export function fullTraceId(digits: string): string | undefined {
  const lowerCase = digits.toLowerCase();
  return HEX_ID.test(lowerCase) ? lowerCase.padStart(32, '0') : undefined;
}
