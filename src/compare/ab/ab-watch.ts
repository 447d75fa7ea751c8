import type { CounterSlice, HistogramSlice } from '../../core/index.ts';
import { abSeconds, type AbSteps, type RecordedSeconds } from './ab-seconds.ts';
import { AbTest, type AbJudgement, type AbOptions } from './ab-test.ts';

/** Of which run, and by which phases of it two sides are judged. */
export interface AbWatchOptions extends AbOptions, AbSteps {
  /** The measured ones in which they take turns. */
  readonly phases: readonly string[];
}

/** A second is added once its calls have had this long to end. */
const HELD_SECONDS = 2;

/**
 * Judges a load while it goes on. A second is added when the next two are over: what then is still
 * under way is missing here, and not in the judgement of the whole run.
 */
export class AbWatch {
  readonly #options: AbWatchOptions;
  readonly #test: AbTest;
  /** Not added yet. */
  #histograms: HistogramSlice[] = [];
  #counters: CounterSlice[] = [];
  #addedTo = -1;

  constructor(options: AbWatchOptions) {
    this.#options = options;
    this.#test = new AbTest(options);
  }

  /** Takes a second that has ended. Returns what those that were added so far say. */
  add({
    second,
    histograms,
    counters,
  }: RecordedSeconds & { readonly second: number }): AbJudgement {
    this.#histograms.push(...histograms.filter(({ clock }) => clock === 'response'));
    this.#counters.push(...counters);
    const until = second - HELD_SECONDS;
    const parts = { histograms: this.#histograms, counters: this.#counters };
    for (const one of abSeconds(parts, this.#options, this.#options.phases)) {
      if (one.second > this.#addedTo && one.second <= until) this.#test.add(one);
    }
    this.#addedTo = until;
    this.#histograms = this.#histograms.filter((one) => one.second > until);
    this.#counters = this.#counters.filter((one) => one.second > until);
    return this.#test.judge();
  }
}

/** Returns what all seconds of a run say. */
export function judgeAb(seconds: RecordedSeconds, options: AbWatchOptions): AbJudgement {
  const test = new AbTest(options);
  for (const second of abSeconds(seconds, options, options.phases)) test.add(second);
  return test.judge();
}
