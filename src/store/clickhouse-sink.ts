import { randomUUID } from 'node:crypto';
import {
  epochNsFromMs,
  NS_PER_MS,
  systemClock,
  type Clock,
  type ConnectErrorSlice,
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
import type { InsertGate, StorageState } from './insert-gate.ts';
import {
  ByteWriter,
  encodeBlock,
  spansOf,
  StorableStarts,
  type SpanBlock,
  type Table,
} from '../native/index.ts';
import { OWN_LAYOUT, spanTableFor, type SpanLayout } from './span-layout.ts';
import type { SpanJournal } from './spool/span-journal.ts';
import type { InsertFrame } from './spool/spool-frame.ts';
import { isPassing } from './store-error.ts';
import { CONNECT_ERROR_TABLE } from './tables/connect-error-table.ts';
import { ERROR_TABLE } from './tables/error-table.ts';
import { COUNTER_TABLE, FAULT_WINDOW_TABLE, HISTOGRAM_TABLE } from './tables/measurement-tables.ts';
import { RUN_TABLE } from './tables/run-table.ts';

export interface SinkOptions {
  readonly clock?: Clock;
  /** Most rows per table that wait for the store; past it a write is rejected. */
  readonly rowsMax?: number;
  /** How long to wait before each repetition of a failed insert. */
  readonly retryDelaysNs?: readonly Ns[];
  /** How spans lie in the store; as callgauge makes their table where left out. */
  readonly layout?: SpanLayout;
  /**
   * What keeps inserts that the store does not take. Without one they are repeated after
   * `retryDelaysNs`, and fail then.
   */
  readonly gate?: InsertGate;
  /** What takes blocks of spans. Without one they are written as spans are. */
  readonly journal?: SpanJournal | undefined;
}

const ROWS_MAX = 200_000;
/** Encoding 20,000 spans holds the thread for about 50 ms. */
const BATCH_ROWS = 20_000;
/** ClickHouse writes a part per insert; ten a second are merged with ease. */
const INTERVAL_NS = 100 * NS_PER_MS;
/** The end of a run writes several times, each after the one before, and waits for nothing else. */
const BURST = 4;
const WRITER_BYTES = 64 * 1_024;
/**
 * Writes a run to ClickHouse in few large inserts. What it acknowledges is in its table, or, where
 * the store is away, in the spool.
 */
export class ClickHouseSink implements Sink {
  readonly #runs;
  readonly #spans;
  readonly #histograms;
  readonly #counters;
  readonly #errors;
  readonly #connectErrors;
  readonly #faultWindows;
  readonly #gate: InsertGate | undefined;
  readonly #journal: SpanJournal | undefined;
  readonly #startEpochMs = new Map<string, Ms>();
  readonly #starts: StorableStarts;
  #quarantined = 0;

  constructor(connection: StoreConnection, options: SinkOptions = {}) {
    const clock = options.clock ?? systemClock();
    const { gate } = options;
    this.#gate = gate;
    this.#journal = options.journal;
    const group = <Row>(what: string, table: Table<Row>): GroupCommit<Row> =>
      new GroupCommit<Row>({
        what,
        clock,
        insert: gate ? passInto(gate, table) : insertInto(connection, table),
        // The gate has tried it again already.
        isPassing: (error) => gate === undefined && isPassing(error),
        newToken: randomUUID,
        rowsMax: options.rowsMax ?? ROWS_MAX,
        batchRows: BATCH_ROWS,
        intervalNs: INTERVAL_NS,
        burst: BURST,
        retryDelaysNs: options.retryDelaysNs ?? RETRY_DELAYS_NS,
      });
    this.#starts = new StorableStarts(clock);
    this.#runs = group('runs', RUN_TABLE);
    this.#spans = group('spans', spanTableFor(options.layout ?? OWN_LAYOUT));
    this.#histograms = group('histograms', HISTOGRAM_TABLE);
    this.#counters = group('counters', COUNTER_TABLE);
    this.#errors = group('errors', ERROR_TABLE);
    this.#connectErrors = group('connect errors', CONNECT_ERROR_TABLE);
    this.#faultWindows = group('fault windows', FAULT_WINDOW_TABLE);
  }

  /** How many spans wait for the store or are on their way to it. */
  get pendingSpans(): number {
    return this.#spans.rowCount;
  }

  /** How many spans {@link writeSpans} left out, as {@link rejectionOf} says. */
  get quarantinedSpans(): number {
    return this.#quarantined;
  }

  writeRun(run: RunRecord): Promise<void> {
    this.#startEpochMs.set(run.runId, run.startedEpochMs);
    return this.#runs.write([{ ...run, updatedEpochNs: this.#starts.nowEpochNs() }]);
  }

  /** Returns why a span is not stored, undefined where it is, as {@link StorableStarts} says. */
  rejectionOf({ startEpochNs }: Span): string | undefined {
    return this.#starts.rejectionOf(startEpochNs);
  }

  /** Leaves out, and counts, what {@link rejectionOf} rejects; it counts as written. */
  writeSpans(spans: readonly Span[]): Promise<void> {
    const plausible = spans.filter((span) => this.rejectionOf(span) === undefined);
    this.#quarantined += spans.length - plausible.length;
    return this.#spans.write(plausible);
  }

  /**
   * Resolves when the rows of a block are on disk, on their way to the store. Those whose start the
   * store does not hold are left out already.
   * @throws HarnessError STORE_OVERFLOW
   */
  async writeSpanBlock(block: SpanBlock): Promise<void> {
    if (this.#journal) this.#journal.append(block);
    else await this.#spans.write([...spansOf(block)]);
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

  writeConnectErrors(runId: string, slices: readonly ConnectErrorSlice[]): Promise<void> {
    const startEpochSec = Math.floor(this.#startOf(runId) / 1_000);
    return this.#connectErrors.write(slices.map((slice) => ({ ...slice, runId, startEpochSec })));
  }

  writeFaultWindows(runId: string, windows: readonly FaultWindow[]): Promise<void> {
    const startEpochNs = epochNsFromMs(this.#startOf(runId));
    return this.#faultWindows.write(windows.map((window) => ({ ...window, runId, startEpochNs })));
  }

  /** Where the rows are that were acknowledged. */
  get storage(): StorageState {
    return this.#gate?.state ?? { kind: 'stored' };
  }

  /** From now on nothing waits long for the store: what it does not take is spooled. */
  hurry(): void {
    this.#gate?.hurry();
  }

  /** Resolves when the store has all that was acknowledged; not at all where it stays away. */
  async inStore(): Promise<void> {
    await this.settled();
    await this.#gate?.back();
  }

  /** Resolves when no write is pending; never rejects, since each write reports its own failure. */
  async settled(): Promise<void> {
    await Promise.all([
      this.#journal?.settled(),
      this.#runs.settled(),
      this.#spans.settled(),
      this.#histograms.settled(),
      this.#counters.settled(),
      this.#errors.settled(),
      this.#connectErrors.settled(),
      this.#faultWindows.settled(),
    ]);
  }

  /** A run that another process announced is known to the second: its id begins with it. */
  #startOf(runId: string): Ms {
    return this.#startEpochMs.get(runId) ?? Number.parseInt(runId.slice(0, 8), 16) * 1_000;
  }
}

type Insert<Row> = (rows: readonly Row[], token: string) => Promise<void>;

function insertInto<Row>(connection: StoreConnection, table: Table<Row>): Insert<Row> {
  return encoded(table, async (frame) => {
    await connection.insertFrame(frame);
    return true;
  });
}

function passInto<Row>(gate: InsertGate, table: Table<Row>): Insert<Row> {
  return encoded(table, (frame) => gate.insert(frame));
}

/** Encodes the rows for `insert`, which returns whether the store has taken them. */
function encoded<Row>(
  table: Table<Row>,
  insert: (frame: InsertFrame) => Promise<boolean>,
): Insert<Row> {
  const columns = table.columns.map((column) => column.name);
  // Used again for every insert, which follow one another: megabytes that are made anew each time
  // cost more in garbage collection than the encoding itself.
  let writer = new ByteWriter(WRITER_BYTES);
  return async (rows, token) => {
    const block = encodeBlock(writer, table.columns, rows);
    let isTaken = false;
    try {
      const frame = { table: table.name, columns, token, rows: rows.length, blocks: [block] };
      isTaken = await insert(frame);
    } finally {
      // The socket may still be sending from the old one.
      if (!isTaken) writer = new ByteWriter(WRITER_BYTES);
    }
  };
}
