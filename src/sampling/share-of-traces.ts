import {
  invariant,
  namedRandomOf,
  sampledRatioOf,
  withSamplingThreshold,
  type Ratio,
} from '../core/index.ts';

/** Thresholds and random bits are compared by so many of their 14 digits. */
const DIGITS = 12;
const STEPS = 2 ** (4 * DIGITS);
/** A ratio is rounded by no more than 1 in so many: few digits are told. */
const PRECISION_BITS = 12;

/** A threshold that traces are left out below. */
interface Threshold {
  /** As a trace state has it: without zeros at its end. */
  readonly digits: string;
  /** Of {@link STEPS}. */
  readonly steps: number;
}

/** What is read of a trace state. */
interface SampledBefore {
  readonly state: string;
  /** The state of what is kept. */
  readonly next: string;
  readonly steps: number;
  readonly random: number | undefined;
}

/**
 * A share of all traces, the same for everybody who looks at a trace: those whose random bits are
 * not below a threshold. Of traces that were sampled on their way here, so that not all came, the
 * share is of those that did.
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export class ShareOfTraces {
  readonly #ratio: Ratio;
  readonly #threshold: Threshold;
  readonly #state: string;
  /** The last trace state that was not empty: those of neighbours are alike. */
  #last: SampledBefore = { state: '', next: '', steps: 0, random: undefined };

  constructor(ratio: Ratio) {
    invariant(ratio > 0 && ratio <= 1, 'a share of traces is more than none and at most all');
    this.#ratio = ratio;
    this.#threshold = thresholdOf(ratio);
    this.#state = ratio === 1 ? '' : withSamplingThreshold('', this.#threshold.digits);
  }

  /**
   * Returns the trace state that a span of the share has, which says how many it stands for;
   * undefined where the span is none of them. `random` are the bits of its trace id.
   */
  stateOf(random: number, traceState: string): string | undefined {
    if (traceState === '') return random < this.#threshold.steps ? undefined : this.#state;
    const last = this.#last.state === traceState ? this.#last : this.#read(traceState);
    return (last.random ?? random) < last.steps ? undefined : last.next;
  }

  #read(state: string): SampledBefore {
    const before = sampledRatioOf(state);
    const threshold = thresholdOf(before * this.#ratio);
    // So near to all that it is rounded to all: nothing is left out.
    const isAll = threshold.steps <= thresholdOf(before).steps;
    this.#last = {
      state,
      next: isAll ? state : withSamplingThreshold(state, threshold.digits),
      steps: isAll ? 0 : threshold.steps,
      random: namedRandomOf(state),
    };
    return this.#last;
  }
}

function thresholdOf(ratio: Ratio): Threshold {
  const bits = PRECISION_BITS - Math.log2(ratio);
  const count = Math.min(DIGITS, Math.ceil(bits / 4));
  const all = 2 ** (4 * count);
  const left = Math.max(1, Math.round(ratio * all));
  const digits = (all - left).toString(16).padStart(count, '0').replace(/0+$/u, '');
  return { digits: digits === '' ? '0' : digits, steps: (all - left) * (STEPS / all) };
}
