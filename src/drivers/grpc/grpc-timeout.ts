import type { Ns } from '../../core/index.ts';

/** The units of a timeout, the finest first; a number has 8 digits at most. */
const UNITS: readonly (readonly [unit: string, ns: Ns])[] = [
  ['n', 1],
  ['u', 1e3],
  ['m', 1e6],
  ['S', 1e9],
  ['M', 60e9],
  ['H', 3_600e9],
];

/**
 * Returns the value of grpc-timeout for a time, in the finest unit that can hold it, rounded up.
 */
export function grpcTimeout(ns: Ns): string {
  for (const [unit, unitNs] of UNITS) {
    const count = Math.ceil(ns / unitNs);
    if (count < 1e8) return `${count}${unit}`;
  }
  return '99999999H';
}
