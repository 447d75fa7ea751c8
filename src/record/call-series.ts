import { invariant, OK, OUTCOMES, type OutcomeCode, type SeriesKey } from '../core/index.ts';
import { COARSE_OCTAVE_BITS, LogLinearHistogram } from './log-linear-histogram.ts';
import type { HistogramPacker } from './packed-histograms.ts';

/** The parts of calls: what corrected time, and of it service time, is made of. */
export interface CallParts {
  readonly wait: LogLinearHistogram;
  readonly firstByte: LogLinearHistogram;
  readonly body: LogLinearHistogram;
}

/** The clocks of the calls of one phase, step and outcome. */
export interface Series {
  readonly stepIndex: number;
  readonly key: Omit<SeriesKey, 'clock'>;
  readonly response: LogLinearHistogram;
  readonly corrected: LogLinearHistogram;
  readonly service: LogLinearHistogram;
  /** Of calls that went well only: where the time of the others went says their outcome. */
  readonly parts: CallParts | undefined;
}

/** The names that calls carry as numbers. */
export interface SeriesNames {
  readonly phases: readonly string[];
  readonly steps: readonly { readonly name: string; readonly target: string }[];
}

/** The series of calls that belong to one second, each made when its first call comes. */
export class CallSeries {
  readonly #names: SeriesNames;
  readonly #series: (Series | undefined)[] = [];

  constructor(names: SeriesNames) {
    this.#names = names;
  }

  of(phaseIndex: number, stepIndex: number, outcome: OutcomeCode): Series {
    const index = (phaseIndex * this.#names.steps.length + stepIndex) * OUTCOMES.length + outcome;
    return this.#series[index] ?? this.#newSeries(index, phaseIndex, stepIndex, outcome);
  }

  /** Calls `each` for every series that there is, whether or not it holds anything. */
  forEach(each: (series: Series) => void): void {
    for (const series of this.#series) if (series !== undefined) each(series);
  }

  /** Packs what the series hold, as that of `second`, and empties them. */
  take(second: number, packer: HistogramPacker): void {
    this.forEach(({ key, response, corrected, service, parts }) => {
      packer.add(second, key, 'response', response);
      packer.add(second, key, 'corrected', corrected);
      packer.add(second, key, 'service', service);
      if (parts === undefined) return;
      packer.add(second, key, 'wait', parts.wait);
      packer.add(second, key, 'first_byte', parts.firstByte);
      packer.add(second, key, 'body', parts.body);
    });
  }

  #newSeries(index: number, phaseIndex: number, stepIndex: number, outcome: OutcomeCode): Series {
    while (this.#series.length <= index) this.#series.push(undefined);
    const phase = this.#names.phases[phaseIndex];
    const step = this.#names.steps[stepIndex];
    invariant(phase !== undefined && step !== undefined, 'a call is of a phase and of a step');
    const series = {
      stepIndex,
      key: { phase, step: step.name, target: step.target, outcome: OUTCOMES[outcome] },
      response: new LogLinearHistogram(),
      corrected: new LogLinearHistogram(),
      service: new LogLinearHistogram(),
      parts: outcome === OK ? newParts() : undefined,
    };
    this.#series[index] = series;
    return series;
  }
}

/** Coarse: they tell where the time went, and every call is in three finer ones beside. */
function newParts(): CallParts {
  return {
    wait: new LogLinearHistogram(COARSE_OCTAVE_BITS),
    firstByte: new LogLinearHistogram(COARSE_OCTAVE_BITS),
    body: new LogLinearHistogram(COARSE_OCTAVE_BITS),
  };
}
