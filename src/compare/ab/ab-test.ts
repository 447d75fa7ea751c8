import { qValues, type Ns, type Ratio } from '../../core/index.ts';
import {
  percentileRow,
  shareRow,
  type PercentileRow,
  type RowLimits,
  type ShareChange,
  type ShareRow,
} from '../comparison-rows.ts';
import { comparisonVerdict, type ComparisonVerdict } from '../comparison-verdict.ts';
import { FINE_BUCKET_RATIO } from '../run-digest.ts';
import type { AbSecond } from './ab-second.ts';
import { PairedShare } from './paired-share.ts';
import { PairedStep } from './paired-step.ts';
import { shiftsFor } from './shifts.ts';

export interface AbOptions {
  /** Ascending, from 0 to 100 without both. */
  readonly percents: readonly number[];
  /** A change of a percentile counts that is larger than both. */
  readonly changeRatioMin: Ratio;
  readonly changeMinNs: Ns;
  /** A share of errors or drops counts that changed by so much. */
  readonly errorChangeMin: Ratio;
  /** How often A is called other than itself at most, however often one looks; 0.01 if absent. */
  readonly falseAlarmRatio?: Ratio;
  /** Of the buckets that response times come in; {@link FINE_BUCKET_RATIO} if absent. */
  readonly bucketRatio?: number;
}

/** What the seconds so far say. */
export interface AbJudgement {
  /** Whether it is `invalid` is for the generator to say. */
  readonly verdict: Exclude<ComparisonVerdict, 'invalid'>;
  /** Whether the load can end here: the verdict is not inconclusive. */
  readonly decided: boolean;
  /** How many were added. */
  readonly seconds: number;
  /** What all rows are judged by. */
  readonly limits: RowLimits;
  /** Errors and dropped arrivals, before times; A is before, B after. */
  readonly shares: readonly ShareRow[];
  readonly percentiles: readonly PercentileRow[];
}

const FALSE_ALARM_RATIO: Ratio = 0.01;
/** An interval does not hold the true value at some time with so small a chance. */
const INTERVAL_ALPHA: Ratio = 0.05;

/**
 * Judges two sides that get their calls in one load, second by second: errors and dropped arrivals,
 * then percentiles of the response time by step. It may be asked after each second, and the load be
 * ended by what it says: p, q and intervals hold whenever one looks.
 *
 * p is 1 / e by the evidence e of a row, and q is by the procedure of Benjamini and Hochberg over
 * all rows, which for such p holds also where rows depend on each other, and at any time. So the
 * chance that a pair of equal sides is ever called different is `falseAlarmRatio` at most.
 * @see Wang, Ramdas, "False discovery rate control with e-values", JRSS B 84 (2022)
 */
export class AbTest {
  readonly #options: AbOptions;
  readonly #steps = new Map<string, PairedStep>();
  readonly #dropped = new PairedShare();
  #seconds = 0;

  constructor(options: AbOptions) {
    this.#options = options;
  }

  /**
   * Adds a second, whole: its calls have ended. Seconds come in their order, each once; what only
   * one side got tells nothing. The work is that of one second, however many there were.
   */
  add({ phase, steps, arrivals, dropped }: AbSecond): void {
    this.#seconds++;
    this.#dropped.add({ hits: dropped.a, n: arrivals.a }, { hits: dropped.b, n: arrivals.b });
    for (const { step, a, b } of steps) this.#stepOf(step).add(phase, a, b);
  }

  /** Returns what all seconds so far say. Rows are by step, then percent. */
  judge(): AbJudgement {
    const { changeRatioMin, changeMinNs, errorChangeMin, falseAlarmRatio } = this.#options;
    const limits: RowLimits = {
      ...{ changeRatioMin, changeMinNs },
      shareChangeMin: errorChangeMin,
      falseDiscoveryRatio: falseAlarmRatio ?? FALSE_ALARM_RATIO,
    };
    const steps = [...this.#steps].sort(([a], [b]) => (a < b ? -1 : 1));
    const shares = [
      ...steps.map(([step, { errors }]) => shareChange('errors', step, errors)),
      shareChange('dropped', '', this.#dropped),
    ];
    const times = steps.flatMap(([step, paired]) =>
      paired.percentiles(INTERVAL_ALPHA).map((change) => ({ step, ...change })),
    );
    const q = qValues([...shares, ...times].map(({ difference }) => difference.p));
    const rows = {
      shares: shares.map((row, i) => shareRow(row, q[i] ?? 1, limits)),
      percentiles: times.map((row, i) => percentileRow(row, q[shares.length + i] ?? 1, limits)),
    };
    const verdict = comparisonVerdict(rows);
    const decided = verdict !== 'inconclusive';
    return { verdict, decided, seconds: this.#seconds, limits, ...rows };
  }

  #stepOf(step: string): PairedStep {
    const known = this.#steps.get(step);
    if (known !== undefined) return known;
    const { percents, changeRatioMin, bucketRatio = FINE_BUCKET_RATIO } = this.#options;
    const shifts = shiftsFor(changeRatioMin, bucketRatio);
    const paired = new PairedStep({ percents, shifts, bucketRatio });
    this.#steps.set(step, paired);
    return paired;
  }
}

function shareChange(kind: ShareChange['kind'], step: string, share: PairedShare): ShareChange {
  const { a, b, lower, upper, evidence, n } = share.interval(INTERVAL_ALPHA);
  const what = kind === 'dropped' ? 'no arrivals were counted' : 'no call ended';
  return {
    ...{ kind, step },
    before: a,
    after: b,
    difference: { value: b - a, lower, upper, p: Math.min(1, 1 / evidence) },
    unjudged: n === 0 ? what : '',
  };
}
