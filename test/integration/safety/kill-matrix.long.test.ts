import { describe, expect, it } from 'vitest';
import { rngFrom } from '../../../src/core/index.ts';
import { Draw } from '../../fuzz/draw.ts';
import { FUZZ_SEED } from '../../fuzz/hold-bounds.ts';
import { killed, MOMENTS, SIGNALS, VICTIMS, type KillCell } from './kill-cell.ts';

/**
 * `CALLGAUGE_KILL_ROUNDS` goes over the whole matrix as often; without it each signal is sent to
 * each victim once, at a moment that the seed draws. `CALLGAUGE_KILL` is a part of cells' names.
 */
const ROUNDS = Number(process.env['CALLGAUGE_KILL_ROUNDS'] ?? 0);
const ONLY = process.env['CALLGAUGE_KILL'] ?? '';

interface NamedCell extends KillCell {
  readonly name: string;
}

function cellsOf(
  round: number,
  momentsOf: (draw: Draw) => readonly KillCell['moment'][],
): NamedCell[] {
  const draw = new Draw(rngFrom(FUZZ_SEED, `moments ${round}`));
  return VICTIMS.flatMap((victim) =>
    SIGNALS.flatMap((signal) =>
      momentsOf(draw).map((moment) => ({
        victim,
        moment,
        signal,
        name: `${signal} to the ${victim} at the ${moment} (seed ${FUZZ_SEED}, round ${round})`,
      })),
    ),
  );
}

const cells =
  ROUNDS === 0
    ? cellsOf(0, (draw) => [draw.of(MOMENTS)])
    : Array.from({ length: ROUNDS }, (_, round) => cellsOf(round, () => MOMENTS)).flat();

/** The codes of commands that ended by themselves; 1 is a fault of callgauge. */
const CODES = [0, 99, 110, 111, 121, 122, 130, 143];

describe.skipIf(process.platform !== 'linux')(
  'what is killed leaves nothing, and loses nothing that was acknowledged (reads /proc, so on Linux)',
  () => {
    it.concurrent.each(cells.filter(({ name }) => name.includes(ONLY)))(
      '$name',
      { timeout: 360_000 },
      async ({ name, ...cell }) => {
        const outcome = await killed(cell, new Draw(rngFrom(FUZZ_SEED, name)));
        const { run, next } = outcome;
        expect(outcome.left.map(({ commandLine }) => commandLine)).toEqual([]);
        // On a crowded machine the next run may say that its numbers are INVALID.
        expect([0, 122], next.err).toContain(next.code);
        expect(outcome.lost).toEqual([]);
        expect(outcome.doubled).toEqual([]);
        expect(outcome.states).not.toContain('running');
        const { victim, moment, signal } = cell;
        if (victim === 'cli' && ['KILL', 'STOP'].includes(signal)) return;
        // Before it hears signals, it ends of them as any program does.
        if (victim === 'cli' && moment === 'start' && run.code === null) return;
        expect(outcome.wasEnded).toBe(false);
        expect(run.err).not.toMatch(/bug in callgauge|\n {4}at /u);
        expect(CODES).toContain(run.code);
        if (run.code === 110) expect(run.err).toMatch(/^callgauge: /mu);
        else if (!run.err.includes('nothing was sent')) {
          expect(JSON.parse(run.out)).toBeTypeOf('object');
        }
      },
    );
  },
);
