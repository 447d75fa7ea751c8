import * as fc from 'fast-check';
import { NS_PER_SEC } from '../../src/core/index.ts';
import type { ArrivalProcess, PhaseSpec, RatePiece } from '../../src/scenario/index.ts';
import { scheduleOf, type ArrivalCursor, type Schedule } from '../../src/schedule/index.ts';

export interface Arrival {
  readonly seq: number;
  readonly phaseIndex: number;
  readonly intendedNs: number;
}

export function piece(fromPerSec: number, toPerSec: number, sec: number): RatePiece {
  return { fromPerSec, toPerSec, durationNs: Math.round(sec * NS_PER_SEC) };
}

export function phase(name: string, process: ArrivalProcess, pieces: RatePiece[]): PhaseSpec {
  const durationNs = pieces.reduce((sum, p) => sum + p.durationNs, 0);
  return { name, flow: 'f', arrivals: { process, pieces }, durationNs, measure: true };
}

export function scheduleOfPieces(process: ArrivalProcess, pieces: RatePiece[], seed = 1): Schedule {
  return scheduleOf({ seed, load: [phase('only', process, pieces)] });
}

/** Everything that is left of a cursor. */
export function drain(cursor: ArrivalCursor): Arrival[] {
  const arrivals: Arrival[] = [];
  while (cursor.advance()) {
    const { seq, phaseIndex, intendedNs } = cursor;
    arrivals.push({ seq, phaseIndex, intendedNs });
  }
  return arrivals;
}

const ratePerSec = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0.01, max: 300, noNaN: true }),
  fc.integer({ min: 1, max: 2_000 }),
);

/** Rates that are level, rise, fall, jump, pause, begin or end at 0; 1 to 5 pieces of up to 3 s. */
export const anyPieces: fc.Arbitrary<RatePiece[]> = fc.array(
  fc
    .tuple(ratePerSec, ratePerSec, fc.boolean(), fc.integer({ min: 1, max: 3 * NS_PER_SEC }))
    .map(([fromPerSec, to, level, durationNs]) => ({
      fromPerSec,
      toPerSec: level ? fromPerSec : to,
      durationNs,
    })),
  { minLength: 1, maxLength: 5 },
);

export const anyProcess = fc.constantFrom<ArrivalProcess>('constant', 'poisson');

export const anyLoad: fc.Arbitrary<{ seed: number; load: PhaseSpec[] }> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
  load: fc
    .array(fc.tuple(anyProcess, anyPieces), { minLength: 1, maxLength: 3 })
    .map((phases) => phases.map(([process, pieces], i) => phase(`phase-${i}`, process, pieces))),
});
