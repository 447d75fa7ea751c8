import { ERROR_OUTCOMES, OUTCOMES, type Outcome } from '../core/index.ts';
import { blockInflation } from './correlation.ts';
import type { Estimate } from './difference.ts';
import type { CallBlock, PhaseDigest } from './run-digest.ts';

/** A share of calls or arrivals over blocks of time. */
export interface ShareBlock extends Estimate {
  /** Calls or arrivals. */
  readonly n: number;
}

interface Part {
  readonly stretch: string;
  readonly hits: number;
  readonly n: number;
}

/** Returns how many calls failed (`hits`), and how many of all ended by themselves. */
export function errorsOf(outcomes: CallBlock['outcomes']): {
  readonly hits: number;
  readonly n: number;
} {
  return {
    hits: callsOf(outcomes, (outcome) => ERROR_OUTCOMES.has(outcome)),
    n: callsOf(outcomes, (outcome) => outcome !== 'dropped' && outcome !== 'cancelled'),
  };
}

/** Returns the share of the calls that failed, of all that ended by themselves. */
export function errorShares(blocks: readonly CallBlock[]): ShareBlock {
  return sampled(
    shareOf(blocks.map(({ stretch, outcomes }) => ({ stretch, ...errorsOf(outcomes) }))),
  );
}

/** Returns the share of the calls that ended so, of all that ended by themselves. */
export function outcomeShares(blocks: readonly CallBlock[], outcome: Outcome): ShareBlock {
  return sampled(
    shareOf(
      blocks.map(({ stretch, outcomes }) => {
        const { n } = errorsOf(outcomes);
        return { stretch, hits: outcomes[outcome] ?? 0, n };
      }),
    ),
  );
}

/** Some failures may fall into blocks evenly by chance: they vary as independent ones at least. */
function sampled(share: ShareBlock): ShareBlock {
  const { value, variance, n } = share;
  return { ...share, variance: Math.max(variance, n === 0 ? 0 : (value * (1 - value)) / n) };
}

/** Returns the calls per second; `n` are seconds. */
export function callRates(blocks: readonly CallBlock[]): ShareBlock {
  return shareOf(
    blocks.map(({ stretch, outcomes, seconds }) => ({
      stretch,
      hits: callsOf(outcomes, (outcome) => outcome !== 'dropped'),
      n: seconds,
    })),
  );
}

/** Returns the arrivals per second that were sent; `n` are seconds. */
export function arrivalRates(phases: readonly PhaseDigest[]): ShareBlock {
  return shareOf(
    phases.flatMap(({ name, blocks }) =>
      blocks.map(({ stretch, arrivals, dropped, seconds }) => ({
        stretch: `${name} ${stretch}`,
        hits: arrivals - dropped,
        n: seconds,
      })),
    ),
  );
}

function callsOf(outcomes: CallBlock['outcomes'], isMeant: (outcome: Outcome) => boolean): number {
  return OUTCOMES.reduce((sum, one) => sum + (isMeant(one) ? (outcomes[one] ?? 0) : 0), 0);
}

/** Returns the share of the arrivals that found no free slot. */
export function droppedShares(phases: readonly PhaseDigest[]): ShareBlock {
  return shareOf(
    phases.flatMap(({ name, blocks }) =>
      blocks.map(({ stretch, arrivals, dropped }) => ({
        stretch: `${name} ${stretch}`,
        hits: dropped,
        n: arrivals,
      })),
    ),
  );
}

/**
 * The share of all, and the variance of a ratio of sums over blocks within strata:
 *
 *   v = sum over strata of k / (k - 1) * sum over blocks of (e - mean e)^2 / N^2,   e = hits - R n
 *
 * times what alike blocks raise it by.
 * @see Cochran, "Sampling techniques", 1977, section 6.11
 */
function shareOf(parts: readonly Part[]): ShareBlock {
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  const hits = parts.reduce((sum, part) => sum + part.hits, 0);
  if (n === 0) return { value: 0, variance: Infinity, freedom: 0, n };
  const value = hits / n;
  const strata = [...Map.groupBy(parts, ({ stretch }) => stretch).values()];
  const residualsOf = strata.map((own) => own.map((part) => part.hits - value * part.n));
  let squares = 0;
  for (const residuals of residualsOf) {
    if (residuals.length < 2) continue;
    const mean = residuals.reduce((sum, one) => sum + one, 0) / residuals.length;
    const around = residuals.reduce((sum, one) => sum + (one - mean) ** 2, 0);
    squares += (residuals.length / (residuals.length - 1)) * around;
  }
  const alike = blockInflation(residualsOf);
  const freedom = (parts.length - strata.length) / alike;
  return { value, variance: freedom <= 0 ? Infinity : (squares * alike) / (n * n), freedom, n };
}
