import type { RunComparison } from './compare-runs.ts';
import type { RunDigest } from './run-digest.ts';

/**
 * - `invalid`: one of the runs must not be believed
 * - `regression`: something got worse, errors and drops first
 * - `inconclusive`: nothing got worse for sure, and something may have; or nothing could be judged
 * - `improvement`: something got better, nothing worse
 * - `pass`: no change that counts
 */
export type ComparisonVerdict = 'invalid' | 'regression' | 'inconclusive' | 'improvement' | 'pass';

/** Returns what the rows say together, of runs that are both valid. */
export function comparisonVerdict({
  shares,
  percentiles,
}: Pick<RunComparison, 'shares' | 'percentiles'>): Exclude<ComparisonVerdict, 'invalid'> {
  const verdicts = new Set([...shares, ...percentiles].map(({ verdict }) => verdict));
  if (verdicts.has('regression')) return 'regression';
  const isTimed = percentiles.some(({ verdict }) => verdict !== 'unjudged');
  if (verdicts.has('inconclusive') || !isTimed) return 'inconclusive';
  return verdicts.has('improvement') ? 'improvement' : 'pass';
}

/** Another rate is another load; closed phases have that of their answers. */
const RATE_RATIO_MAX = 0.02;

/** Returns in what the loads of two runs differ: the scenario, the rates and models of phases. */
export function loadDifferences(before: RunDigest, after: RunDigest): readonly string[] {
  const found: string[] = [];
  if (before.scenario !== after.scenario) {
    found.push(`scenario ${after.scenario}, not ${before.scenario}`);
  }
  for (const phase of before.phases) {
    const other = after.phases.find(({ name }) => name === phase.name);
    if (other === undefined) continue;
    if (other.model !== phase.model) {
      found.push(`phase ${phase.name} is ${other.model}, not ${phase.model}`);
      continue;
    }
    const [was, is] = [perSec(phase), perSec(other)];
    if (phase.model === 'open' && Math.abs(is - was) > RATE_RATIO_MAX * was) {
      found.push(`phase ${phase.name} has ${is.toFixed(1)} arrivals/s, not ${was.toFixed(1)}`);
    }
  }
  return found;
}

function perSec({ ranNs, blocks }: RunDigest['phases'][number]): number {
  const arrivals = blocks.reduce((sum, block) => sum + block.arrivals, 0);
  return ranNs === 0 ? 0 : arrivals / (ranNs / 1e9);
}
