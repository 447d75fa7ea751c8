import {
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  type Ns,
  type RunRecord,
} from '../core/index.ts';
import type { Cell } from './section.ts';

/** A smaller design effect than this is likely to be chance, and is not worth a remark. */
export const CORRELATION_MIN = 1.5;

/** Said once where the word stands. */
export const N_EFF_MEANS = 'n_eff: so many calls that are independent of each other tell as much';

/** Returns how many independent calls n calls are worth; less than one is nothing like none. */
export function formatWorth(n: number, designEffect: number): string {
  const worth = n / designEffect;
  return worth > 0 && worth < 1 ? '<1' : formatCount(Math.floor(worth));
}

/** Returns `orders http://127.0.0.1:7999`; the name alone of a run that does not say where. */
export function formatTarget(target: string, { targets }: Pick<RunRecord, 'targets'>): string {
  const place = targets !== undefined && Object.hasOwn(targets, target) ? targets[target] : '';
  return `${target} ${place ?? ''}`.trimEnd();
}

/** Returns `12.3 ms`, with `≥` before it where the value is only a lower bound. */
export function formatBound(ns: Ns, atLeast: boolean): string {
  return atLeast ? `≥${formatDuration(ns)}` : formatDuration(ns);
}

/** Returns `12.1–12.5 ms`, or `980 us–1.02 ms` where the units differ. */
export function formatInterval(lowerNs: Ns, upperNs: Ns, upperAtLeast: boolean): string {
  const lower = formatDuration(lowerNs);
  const upper = formatDuration(upperNs);
  const [number, unit] = lower.split(' ');
  const sameUnit = unit !== undefined && upper.endsWith(` ${unit}`) && !lower.includes('m ');
  return `${sameUnit ? number : lower}–${upperAtLeast ? '≥' : ''}${upper}`;
}

/** Returns `2026-11-21 00:52:07 UTC`. */
export function formatMoment(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Returns what a cell says; `-` where it is not known. */
export function formatCell(cell: Cell): string {
  switch (cell.kind) {
    case 'words':
      return cell.text;
    case 'count':
      return formatCount(cell.count);
    case 'rate':
      return formatRate(cell.perSec);
    case 'ratio':
      return formatRatio(cell.ratio);
    case 'factor':
      return cell.factor.toFixed(2);
    case 'duration':
      return formatBound(cell.ns, cell.atLeast);
    case 'interval':
      return formatInterval(cell.lowerNs, cell.upperNs, cell.upperAtLeast);
    case 'needed':
      return `n ≥ ${formatCount(cell.n)}`;
    case 'unknown':
      return '-';
  }
}
