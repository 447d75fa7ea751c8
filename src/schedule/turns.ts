import { drawAt, hashText } from '../core/index.ts';

/** Whose an arrival is: one of two versions that take turns, or nobody's where none do. */
export type Side = typeof ALONE | typeof SIDE_A | typeof SIDE_B;
export const ALONE = 0;
export const SIDE_A = 1;
export const SIDE_B = 2;

/** How many of them there are. */
export const SIDES = 3;

/** Tells the arrivals of one phase whose they are. */
export interface Turns {
  /** Of the arrival with this number in its phase, from 0. */
  sideOf(index: number): Side;
}

const BLOCK = 4;
const ABBA: readonly Side[] = [SIDE_A, SIDE_B, SIDE_B, SIDE_A];
const BAAB: readonly Side[] = [SIDE_B, SIDE_A, SIDE_A, SIDE_B];

/**
 * Returns the turns of two versions in a phase. Of each four arrivals in a row, from number 0 on,
 * two are A's and two B's, in the order A B B A or B A A B, which the seed draws: a trend of any
 * slope falls on both alike, and so does what comes back every second, or every fourth, arrival. A
 * function of the seed, the phase's name and the number alone, and so the same for every number of
 * workers.
 */
export function turnsOf(seed: number, phase: string): Turns {
  const purpose = hashText(`turns/${phase}`);
  return {
    sideOf: (index) => {
      const block = drawAt(seed, purpose, Math.floor(index / BLOCK)) < 0.5 ? ABBA : BAAB;
      return block[index % BLOCK] ?? SIDE_A;
    },
  };
}

/**
 * Returns the number by which worker `index` of `count` asks for the turn of its arrival `own`,
 * from 0, where only the run tells which worker's arrival comes next, as in a closed phase: whole
 * blocks are one worker's.
 */
export function ownTurn(own: number, index: number, count: number): number {
  return (Math.floor(own / BLOCK) * count + index) * BLOCK + (own % BLOCK);
}
