import { counted, type Ns } from '../core/index.ts';
import type { ReplayFileSpec } from '../scenario/index.ts';
import type { RecordedArrival } from './recorded-arrival.ts';

/** Counts what a reader should know of how a list was read. */
export class ListRemarks {
  readonly #timeOf: ReplayFileSpec['timeOf'];
  readonly #skipped = new Map<string, number>();
  readonly #doubts = new Map<string, number>();
  /** Of arrivals whose time is that of an answer's end: those from which a duration was taken. */
  #shifted = 0;
  /** Those whose duration is not known, and those of which the moment is not known either. */
  #ends = 0;
  #unsaid = 0;
  #durationName = '';

  constructor({ timeOf }: Pick<ReplayFileSpec, 'timeOf'>) {
    this.#timeOf = timeOf;
  }

  /** Returns how far before its recorded time an arrival came. */
  take({ moment, durationNs, durationName = '', doubt }: RecordedArrival): Ns {
    if (doubt !== undefined) count(this.#doubts, doubt);
    const of = this.#timeOf ?? moment;
    if (of === 'start' || of === 'list') return 0;
    if (durationNs !== undefined) {
      this.#shifted++;
      this.#durationName = durationName;
      return durationNs;
    }
    if (of === 'end') this.#ends++;
    else this.#unsaid++;
    return 0;
  }

  /** Takes up a line that is left out. */
  skip(reason: string): void {
    count(this.#skipped, reason);
  }

  get skippedLines(): number {
    return [...this.#skipped.values()].reduce((sum, n) => sum + n, 0);
  }

  /** Returns the lines that were left out: `3 lines left out: 2 without a path, 1 ...`. */
  skippedText(): string {
    const parts = [...this.#skipped].map(([reason, n]) => `${n} ${reason}`);
    return `${counted(this.skippedLines, 'line')} left out: ${parts.join(', ')}`;
  }

  texts(): readonly string[] {
    const texts = [...this.#doubts].map(([doubt, n]) => `${counted(n, 'line')}: ${doubt}`);
    if (this.skippedLines > 0) texts.unshift(this.skippedText());
    if (this.#shifted > 0) {
      const what = `what a request took (${this.#durationName}) is taken off ${counted(this.#shifted, 'time')}`;
      texts.push(`${what}: they are of answers. Where they are of requests, write timeOf: start`);
    }
    if (this.#ends > 0) {
      texts.push(
        `${counted(this.#ends, 'time')} ${areOf(this.#ends)} when an answer was over${BURST}`,
      );
    }
    if (this.#unsaid > 0) {
      texts.push(
        `${counted(this.#unsaid, 'time')} may be of when an answer was over, as nginx writes it${BURST}${OR_START}`,
      );
    }
    return texts;
  }
}

const BURST =
  ', with no duration beside: what waited together is replayed as a burst. Log the duration too ($request_time), or name its field (durationField)';

/** Where it may be otherwise. */
const OR_START = '. Where they are of requests, as Apache writes them, write timeOf: start';

function areOf(n: number): string {
  return n === 1 ? 'is of' : 'are of';
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
