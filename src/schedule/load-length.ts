import { invariant, type Ns } from '../core/index.ts';
import type { PhaseSpec, RatePiece } from '../scenario/index.ts';

/**
 * Returns the load as far as it went by `atNs` > 0, on the run's clock: the phase under way then
 * ends with it, those after it are left out. Its arrivals are the first of the whole load's.
 */
export function loadUntil<Phase extends PhaseSpec>(
  load: readonly Phase[],
  atNs: Ns,
): readonly Phase[] {
  let leftNs = atNs;
  return load.flatMap((phase) => {
    const durationNs = Math.min(phase.durationNs, leftNs);
    leftNs -= durationNs;
    return durationNs > 0 ? [withDuration(phase, durationNs)] : [];
  });
}

/**
 * Returns the load with its last phase longer by `byNs`: an open one goes on at the rate with which
 * it ends, one of users or of a saturator as before. The list of a replay has an end of its own,
 * and so has a phase of so many iterations or rows: what they lack is not made up.
 */
export function loadExtended<Phase extends PhaseSpec>(
  load: readonly Phase[],
  byNs: Ns,
): readonly Phase[] {
  const last = load.at(-1);
  invariant(last !== undefined, 'a load has a phase');
  return byNs === 0 ? load : [...load.slice(0, -1), withDuration(last, last.durationNs + byNs)];
}

function withDuration<Phase extends PhaseSpec>(phase: Phase, durationNs: Ns): Phase {
  if (phase.durationNs === durationNs) return phase;
  const { arrivals } = phase;
  if (arrivals === undefined) return { ...phase, durationNs };
  const pieces = piecesLasting(arrivals.pieces, durationNs);
  return { ...phase, durationNs, arrivals: { ...arrivals, pieces } };
}

function piecesLasting(pieces: readonly RatePiece[], wantedNs: Ns): readonly RatePiece[] {
  let leftNs = wantedNs;
  const cut = pieces.flatMap((piece) => {
    const durationNs = Math.min(piece.durationNs, leftNs);
    leftNs -= durationNs;
    if (durationNs === 0) return [];
    const { fromPerSec } = piece;
    const growthPerSec = ((piece.toPerSec - fromPerSec) * durationNs) / piece.durationNs;
    return [{ fromPerSec, toPerSec: fromPerSec + growthPerSec, durationNs }];
  });
  const ratePerSec = pieces.at(-1)?.toPerSec ?? 0;
  if (leftNs === 0) return cut;
  return [...cut, { fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs: leftNs }];
}
