import { errorText, HarnessError, type DurationUnit, type Span } from '../../core/index.ts';
import { csvLines } from './csv-lines.ts';
import { openFileBytes } from './file-bytes.ts';
import { isOtlp, otlpLines } from './otlp-lines.ts';
import type { BadLine, SpanLine } from './span-line.ts';

export interface SpanFileOptions {
  /** What a number in the column of durations counts, where its name does not say it. */
  readonly durationUnit?: DurationUnit | undefined;
  /** The first line that cannot be read ends the reading. */
  readonly strict?: boolean;
  /** Spans that are handed on together; 5,000 where left out. */
  readonly batchSpans?: number;
}

/** Why lines of a file, or spans in them, were left out. */
export interface LinesLeftOut {
  /** What is wrong with all of them: `StartTime is no time`. */
  readonly fault: string;
  readonly count: number;
  /** What is wrong with the first: place, value seen, value wanted. */
  readonly first: string;
}

/** What became of the lines of a file. */
export interface SpanFileReading {
  readonly format: 'csv' | 'otlp';
  readonly spanCount: number;
  /** The most frequent first; empty where every line was read. */
  readonly leftOut: readonly LinesLeftOut[];
  /** Columns that are not read: those of events and links. */
  readonly unreadColumns: readonly string[];
}

const BATCH_SPANS = 5_000;
/** Of one file; further faults are counted as `other`. */
const FAULTS_MAX = 50;

/**
 * Reads a file of spans and hands them on in batches, in their order, each once the one before was
 * taken: CSV, or OTLP's JSON by lines, plain or packed by gzip or zstd; `-` is standard input.
 * Nothing is kept of what was handed on. A line that cannot be read is left out and counted; what
 * was read before an error is handed on all the same.
 * @throws SPANS_UNREADABLE for a file that cannot be read, or lacks a column; for any bad line
 * where it is strict. What `take` throws
 */
export async function readSpanFile(
  path: string,
  options: SpanFileOptions,
  take: (spans: readonly Span[]) => Promise<void> | void,
): Promise<SpanFileReading> {
  const faults = new Faults(path, options.strict ?? false);
  const unreadColumns: string[] = [];
  const { lines, format } = await linesOf(path, options, (names) => unreadColumns.push(...names));
  const batchSpans = options.batchSpans ?? BATCH_SPANS;
  let batch: Span[] = [];
  let spanCount = 0;
  const pass = async (): Promise<void> => {
    const spans = batch;
    batch = [];
    spanCount += spans.length;
    await take(spans);
  };
  try {
    for await (const line of readably(path, lines)) {
      if ('fault' in line) faults.add(line);
      for (const span of line.spans ?? []) batch.push(span);
      if (batch.length >= batchSpans) await pass();
    }
  } finally {
    // Also of a file that ends too soon: what stood before its damage has been read.
    if (batch.length > 0) await pass();
  }
  return { format, spanCount, leftOut: faults.counted(), unreadColumns };
}

async function linesOf(
  path: string,
  options: SpanFileOptions,
  onUnread: (columns: readonly string[]) => void,
): Promise<{ readonly lines: AsyncIterable<SpanLine>; readonly format: 'csv' | 'otlp' }> {
  try {
    const { bytes, head } = await openFileBytes(path);
    if (isOtlp(head)) return { lines: otlpLines(bytes, head), format: 'otlp' };
    const csv = { path, durationUnit: options.durationUnit };
    return { lines: csvLines(bytes, head, csv, onUnread), format: 'csv' };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Names the file in what reading it throws. */
async function* readably(
  path: string,
  lines: AsyncIterable<SpanLine>,
): AsyncGenerator<SpanLine, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): HarnessError {
  if (error instanceof HarnessError) return error;
  return new HarnessError('SPANS_UNREADABLE', `cannot read ${path}: ${errorText(error)}`, {
    hint: 'Check the path and the file.',
    cause: error,
  });
}

/** Counts the bad lines of a file by what is wrong with them. */
class Faults {
  readonly #path: string;
  readonly #strict: boolean;
  readonly #counts = new Map<string, { count: number; readonly first: string }>();

  constructor(path: string, strict: boolean) {
    this.#path = path;
    this.#strict = strict;
  }

  add({ fault, problem, line, spanCount = 1 }: BadLine): void {
    const first = `${problem} (${this.#path}:${line})`;
    if (this.#strict) {
      throw new HarnessError('SPANS_UNREADABLE', first, {
        hint: 'Mend the line; without --strict it is left out and counted.',
      });
    }
    const name = this.#counts.size < FAULTS_MAX ? fault : 'other';
    const known = this.#counts.get(fault) ?? this.#counts.get(name);
    if (known) known.count += spanCount;
    else this.#counts.set(name, { count: spanCount, first });
  }

  counted(): readonly LinesLeftOut[] {
    return [...this.#counts]
      .map(([fault, { count, first }]) => ({ fault, count, first }))
      .toSorted((a, b) => b.count - a.count);
  }
}
