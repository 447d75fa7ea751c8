import { counted, HarnessError, type Span } from '../../core/index.ts';
import {
  readSpanFile,
  type LinesLeftOut,
  type SpanFileOptions,
  type SpanFileReading,
} from './read-span-file.ts';

/** Where imported spans go. */
export interface ImportedSpans {
  /** Returns those that are not there yet, each once. */
  notStored(spans: readonly Span[]): Promise<readonly Span[]>;
  /** Returns why a span cannot be stored; undefined where it can be. */
  rejectionOf(span: Span): string | undefined;
  /** Resolves when they are durable. */
  writeSpans(spans: readonly Span[]): Promise<void>;
}

export interface ImportOptions extends SpanFileOptions {
  /** Hears how many spans have been read until now. */
  readonly onProgress?: (spanCount: number) => void;
}

/** What of one file was read. */
export interface ImportedFile extends SpanFileReading {
  readonly path: string;
  readonly times: ImportedTimes | undefined;
}

/** When spans began, both included. */
export interface ImportedTimes {
  readonly firstEpochNs: bigint;
  readonly lastEpochNs: bigint;
}

/** What became of the spans of some files. */
export interface ImportResult {
  readonly files: readonly ImportedFile[];
  readonly readCount: number;
  readonly storedCount: number;
  /** Spans that were in the store before, or stood in the files twice. */
  readonly knownCount: number;
  /** Spans that the store does not hold, by why the first of them. */
  readonly rejected: LinesLeftOut | undefined;
  readonly traceCount: number;
  /** Whether there are more traces than were counted apart. */
  readonly hasMoreTraces: boolean;
  /** By the number of their spans, the most first. */
  readonly services: readonly ImportedService[];
  /** Undefined where no span was read. */
  readonly times: ImportedTimes | undefined;
}

export interface ImportedService {
  readonly serviceName: string;
  readonly spanCount: number;
}

/** Spans that are looked up and stored together. */
const BATCH_SPANS = 20_000;
const TRACES_COUNTED_MAX = 2_000_000;
const SERVICES_COUNTED_MAX = 10_000;

/**
 * Reads files of spans, one after another, and stores what the store does not have: a second import
 * of a file adds nothing.
 * @throws SPANS_UNREADABLE as {@link readSpanFile} does: what was stored before stays, and its hint
 * says how much that is; what the store throws
 */
export async function importSpans(
  paths: readonly string[],
  options: ImportOptions,
  into: ImportedSpans,
): Promise<ImportResult> {
  const tally = new Tally();
  const files: ImportedFile[] = [];
  for (const path of paths) {
    const times = new Times();
    const take = async (spans: readonly Span[]): Promise<void> => {
      for (const span of spans) times.add(span);
      tally.read(spans);
      const taken = spans.filter((span) => tally.isTaken(into.rejectionOf(span)));
      const fresh = await into.notStored(taken);
      await into.writeSpans(fresh);
      tally.stored(fresh.length, taken.length - fresh.length);
      options.onProgress?.(tally.readCount);
    };
    try {
      const read = await readSpanFile(path, { batchSpans: BATCH_SPANS, ...options }, take);
      files.push({ ...read, path, times: times.value });
    } catch (error) {
      throw tally.toldWith(error);
    }
  }
  return tally.result(files);
}

/** Counts what was read and what became of it. */
class Tally {
  readCount = 0;
  #storedCount = 0;
  #knownCount = 0;
  #rejected: { count: number; readonly first: string } | undefined;
  readonly #times = new Times();
  readonly #traces = new Set<string>();
  readonly #services = new Map<string, number>();

  read(spans: readonly Span[]): void {
    this.readCount += spans.length;
    for (const span of spans) {
      this.#times.add(span);
      if (this.#traces.size < TRACES_COUNTED_MAX) this.#traces.add(span.traceId);
      const known = this.#services.get(span.serviceName);
      if (known !== undefined || this.#services.size < SERVICES_COUNTED_MAX) {
        this.#services.set(span.serviceName, (known ?? 0) + 1);
      }
    }
  }

  isTaken(rejection: string | undefined): boolean {
    if (rejection === undefined) return true;
    this.#rejected ??= { count: 0, first: rejection };
    this.#rejected.count++;
    return false;
  }

  stored(freshCount: number, knownCount: number): void {
    this.#storedCount += freshCount;
    this.#knownCount += knownCount;
  }

  /** Returns an error of a file with what became of the spans that were read before it. */
  toldWith(error: unknown): unknown {
    if (!(error instanceof HarnessError) || error.code !== 'SPANS_UNREADABLE') return error;
    if (this.readCount === 0) return error;
    const [stored, known] = [this.#storedCount, this.#knownCount].map((n) => counted(n, 'span'));
    const hint = `${error.hint} Before it: ${stored} stored, ${known} there already; an import of all of it adds what is missing.`;
    return new HarnessError(error.code, error.message, { hint, cause: error });
  }

  result(files: readonly ImportedFile[]): ImportResult {
    return {
      files,
      readCount: this.readCount,
      storedCount: this.#storedCount,
      knownCount: this.#knownCount,
      rejected: this.#rejected && { fault: 'the store does not hold its time', ...this.#rejected },
      traceCount: this.#traces.size,
      hasMoreTraces: this.#traces.size >= TRACES_COUNTED_MAX,
      services: [...this.#services]
        .map(([serviceName, spanCount]) => ({ serviceName, spanCount }))
        .toSorted((a, b) => b.spanCount - a.spanCount),
      times: this.#times.value,
    };
  }
}

/** The first and the last start of spans that have one. */
class Times {
  value: ImportedTimes | undefined;

  add({ startEpochNs: atNs }: Span): void {
    if (atNs <= 0n) return;
    const { firstEpochNs: first, lastEpochNs: last } = this.value ?? {
      firstEpochNs: atNs,
      lastEpochNs: atNs,
    };
    if (this.value !== undefined && atNs >= first && atNs <= last) return;
    this.value = {
      firstEpochNs: atNs < first ? atNs : first,
      lastEpochNs: atNs > last ? atNs : last,
    };
  }
}
