import { randomUUID } from 'node:crypto';
import {
  epochNsFromMs,
  NS_PER_MS,
  systemClock,
  type Clock,
  type CounterSlice,
  type ErrorSlice,
  type FaultWindow,
  type HistogramSlice,
  type Ms,
  type Ns,
  type RunRecord,
  type Span,
} from '../core/index.ts';
import type { Sink } from '../record/sink.ts';
import type { StoreConnection } from './connection.ts';
import { GroupCommit, RETRY_DELAYS_NS } from './group-commit.ts';
import { encodeBlock } from './native/block.ts';
import { ByteWriter } from './native/byte-writer.ts';
import { isPassing } from './store-error.ts';
import { ERROR_TABLE } from './tables/error-table.ts';
import { COUNTER_TABLE, FAULT_WINDOW_TABLE, HISTOGRAM_TABLE } from './tables/measurement-tables.ts';
import { RUN_TABLE } from './tables/run-table.ts';
import { SPAN_TABLE } from './tables/span-table.ts';
import type { Table } from './tables/table.ts';

export interface SinkOptions {
  readonly clock?: Clock;
  /** Most rows per table that wait for the store; past it a write is rejected. */
  readonly rowsMax?: number;
  /** How long to wait before each repetition of a failed insert. */
  readonly retryDelaysNs?: readonly Ns[];
}

const ROWS_MAX = 200_000;
/** Encoding 20,000 spans holds the thread for about 50 ms. */
const BATCH_ROWS = 20_000;
/** ClickHouse writes a part per insert; ten a second are merged with ease. */
const INTERVAL_NS = 100 * NS_PER_MS;
const WRITER_BYTES = 64 * 1_024;
/** Each day of a batch becomes a part of its own, so a wild clock would cost hundreds. */
const IMPLAUSIBLE_NS = 100n * 86_400n * 1_000_000_000n;

/** Writes a run to ClickHouse in few large inserts. What it acknowledges is in its table. */
export class ClickHouseSink implements Sink {
  readonly #clock: Clock;
  readonly #runs;
  readonly #spans;
  readonly #histograms;
  readonly #counters;
  readonly #errors;
  readonly #faultWindows;
  readonly #startEpochMs = new Map<string, Ms>();
  #quarantined = 0;

  constructor(connection: StoreConnection, options: SinkOptions = {}) {
    const clock = options.clock ?? systemClock();
    const group = <Row>(what: string, table: Table<Row>): GroupCommit<Row> =>
      new GroupCommit<Row>({
        what,
        clock,
        insert: insertInto(connection, table),
        isPassing,
        newToken: randomUUID,
        rowsMax: options.rowsMax ?? ROWS_MAX,
        batchRows: BATCH_ROWS,
        intervalNs: INTERVAL_NS,
        retryDelaysNs: options.retryDelaysNs ?? RETRY_DELAYS_NS,
      });
    this.#clock = clock;
    this.#runs = group('runs', RUN_TABLE);
    this.#spans = group('spans', SPAN_TABLE);
    this.#histograms = group('histograms', HISTOGRAM_TABLE);
    this.#counters = group('counters', COUNTER_TABLE);
    this.#errors = group('errors', ERROR_TABLE);
    this.#faultWindows = group('fault windows', FAULT_WINDOW_TABLE);
  }

  /** How many spans wait for the store or are on their way to it. */
  get pendingSpans(): number {
    return this.#spans.rowCount;
  }

  /**
   * How many spans were left out because they begin more than 100 days from now: a clock or a unit
   * is wrong at their source. They count as written.
   */
  get quarantinedSpans(): number {
    return this.#quarantined;
  }

  writeRun(run: RunRecord): Promise<void> {
    this.#startEpochMs.set(run.runId, run.startedEpochMs);
    return this.#runs.write([{ ...run, updatedEpochNs: this.#nowEpochNs() }]);
  }

  writeSpans(spans: readonly Span[]): Promise<void> {
    const nowEpochNs = this.#nowEpochNs();
    const plausible = spans.filter((span) => isPlausible(span.startEpochNs, nowEpochNs));
    this.#quarantined += spans.length - plausible.length;
    return this.#spans.write(plausible);
  }

  writeHistograms(runId: string, slices: readonly HistogramSlice[]): Promise<void> {
    const startEpochSec = Math.floor(this.#startOf(runId) / 1_000);
    return this.#histograms.write(slices.map((slice) => ({ ...slice, runId, startEpochSec })));
  }

  writeCounters(runId: string, slices: readonly CounterSlice[]): Promise<void> {
    const startEpochSec = Math.floor(this.#startOf(runId) / 1_000);
    return this.#counters.write(slices.map((slice) => ({ ...slice, runId, startEpochSec })));
  }

  writeErrors(runId: string, slices: readonly ErrorSlice[]): Promise<void> {
    const startEpochSec = Math.floor(this.#startOf(runId) / 1_000);
    return this.#errors.write(slices.map((slice) => ({ ...slice, runId, startEpochSec })));
  }

  writeFaultWindows(runId: string, windows: readonly FaultWindow[]): Promise<void> {
    const startEpochNs = epochNsFromMs(this.#startOf(runId));
    return this.#faultWindows.write(windows.map((window) => ({ ...window, runId, startEpochNs })));
  }

  /** Resolves when nothing waits for the store any more; never rejects, the writes told. */
  async settled(): Promise<void> {
    await Promise.all([
      this.#runs.settled(),
      this.#spans.settled(),
      this.#histograms.settled(),
      this.#counters.settled(),
      this.#errors.settled(),
      this.#faultWindows.settled(),
    ]);
  }

  /** A run that another process announced is known to the second: its id begins with it. */
  #startOf(runId: string): Ms {
    return this.#startEpochMs.get(runId) ?? Number.parseInt(runId.slice(0, 8), 16) * 1_000;
  }

  #nowEpochNs(): bigint {
    return epochNsFromMs(this.#clock.originEpochMs) + BigInt(this.#clock.nowNs());
  }
}

function insertInto<Row>(
  connection: StoreConnection,
  table: Table<Row>,
): (rows: readonly Row[], token: string) => Promise<void> {
  const columnNames = table.columns.map((column) => column.name);
  // Used again for every insert, which follow one another: megabytes that are made anew each time
  // cost more in garbage collection than the encoding itself.
  let writer = new ByteWriter(WRITER_BYTES);
  return async (rows, token) => {
    const block = encodeBlock(writer, table.columns, rows);
    try {
      await connection.insertNative(table.name, columnNames, block, token);
    } catch (error) {
      // The socket may still be sending from the old one.
      writer = new ByteWriter(WRITER_BYTES);
      throw error;
    }
  };
}

function isPlausible(startEpochNs: bigint, nowEpochNs: bigint): boolean {
  const distanceNs = startEpochNs - nowEpochNs;
  return distanceNs <= IMPLAUSIBLE_NS && distanceNs >= -IMPLAUSIBLE_NS;
}
