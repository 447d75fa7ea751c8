import {
  formatCount,
  formatDuration,
  lengthOf,
  type Ns,
  NS_PER_SEC,
  type RatePerSec,
} from '../../core/index.ts';
import { ellipsis } from './text.ts';

/** The state of a run under way; rates and percentiles of the last second or so. */
export interface LiveState {
  readonly elapsedNs: Ns;
  /** Length of the whole schedule. */
  readonly totalNs: Ns;
  /** Of a phase that ends with a number of iterations; its time tells little then. */
  readonly iterations?: { readonly made: number; readonly all: number };
  readonly phase: string;
  /** Undefined where no rate is asked for: in a closed phase. */
  readonly wantedPerSec: RatePerSec | undefined;
  readonly achievedPerSec: RatePerSec;
  /** Of the response time; undefined while nothing was answered. */
  readonly p50Ns: Ns | undefined;
  readonly p99Ns: Ns | undefined;
  readonly errors: number;
  readonly inFlight?: number;
  readonly dropped: number;
  /** The names of the faults that are active now. */
  readonly activeFaults: readonly string[];
  /** How two versions compare so far; '' for nothing to say. */
  readonly versions?: string;
}

const BAR_CELLS = 12;
const GAP = '  ';

/**
 * Returns one line of progress without a line end, at most `width` characters wide: what does not
 * fit is left out from the least important on, so that no terminal wraps the line. Percentiles have
 * `~` before them, being of one second's calls, however few.
 */
export function renderLive(state: LiveState, width: number): string {
  const { p50Ns, p99Ns, inFlight, wantedPerSec } = state;
  const ofWanted = wantedPerSec === undefined ? '' : ` of ${rounded(wantedPerSec)}`;
  const rates = `${rounded(state.achievedPerSec)}${ofWanted}/s`;
  const pieces: readonly Piece[] = [
    { text: progressBar(state), keep: 5 },
    { text: extent(state), keep: 9 },
    { text: state.phase, keep: 6 },
    { text: state.activeFaults.map((f) => `!${f}`).join(' '), keep: 4 },
    { text: state.versions ?? '', keep: 8 },
    { text: rates, keep: 7 },
    { text: p50Ns === undefined ? '' : `p50 ~${formatDuration(p50Ns)}`, keep: 3 },
    { text: p99Ns === undefined ? '' : `p99 ~${formatDuration(p99Ns)}`, keep: 7 },
    { text: inFlight === undefined ? '' : `in flight ${formatCount(inFlight)}`, keep: 1 },
    { text: `errors ${formatCount(state.errors)}`, keep: state.errors > 0 ? 8 : 2 },
    { text: `dropped ${formatCount(state.dropped)}`, keep: state.dropped > 0 ? 8 : 2 },
  ];
  let kept = pieces.filter((piece) => piece.text !== '');
  while (kept.length > 1 && lengthOf(join(kept)) > width) {
    const least = kept.reduce((a, b) => (b.keep <= a.keep ? b : a));
    kept = kept.filter((piece) => piece !== least);
  }
  return ellipsis(join(kept), width);
}

interface Piece {
  readonly text: string;
  /** Pieces with a smaller number go first. */
  readonly keep: number;
}

function join(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.text).join(GAP);
}

/** Returns `12/40 s`, `1 s` of a load that is shorter than one, or `1,200 of 2,000`. */
function extent({ elapsedNs, totalNs, iterations }: LiveState): string {
  if (iterations === undefined) {
    // Of less than a second there is no part to be told, nor of a load that is over.
    const ofTotal = totalNs < NS_PER_SEC || elapsedNs > totalNs ? '' : `/${seconds(totalNs)}`;
    return `${seconds(elapsedNs)}${ofTotal} s`;
  }
  return `${formatCount(iterations.made)} of ${formatCount(iterations.all)}`;
}

function progressBar({ elapsedNs, totalNs, iterations }: LiveState): string {
  const done = iterations ? iterations.made / iterations.all : elapsedNs / totalNs;
  const share = totalNs <= 0 ? 1 : Math.min(1, Math.max(0, done));
  const filled = Math.round(share * BAR_CELLS);
  return '━'.repeat(filled) + '╌'.repeat(BAR_CELLS - filled);
}

function seconds(ns: Ns): string {
  return String(Math.max(0, Math.floor(ns / NS_PER_SEC)));
}

function rounded(rate: RatePerSec): string {
  return rate < 10 && !Number.isInteger(rate) ? rate.toFixed(1) : formatCount(rate);
}
