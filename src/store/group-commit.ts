import { HarnessError, NS_PER_MS, sleep, type Clock, type Ns } from '../core/index.ts';

export interface GroupCommitOptions<Row> {
  /** What the rows are, for messages: `spans`. */
  readonly what: string;
  readonly clock: Clock;
  /** Makes the rows durable; called with one token again and again until it succeeds. */
  readonly insert: (rows: readonly Row[], token: string) => Promise<void>;
  /** Returns whether a failed insert is worth another try. */
  readonly isPassing: (error: unknown) => boolean;
  /** Returns a text that no other batch has. */
  readonly newToken: () => string;
  /** Most rows waiting or under way; a write past it is rejected. */
  readonly rowsMax: number;
  /** Rows after which a batch takes no further write. */
  readonly batchRows: number;
  /** From the start of one insert to the start of the next, on average at least. */
  readonly intervalNs: Ns;
  /** So many may follow each other at once, where there were fewer before; 1 where left out. */
  readonly burst?: number;
  /** How long to wait before each repetition of a failed insert; its length bounds them. */
  readonly retryDelaysNs: readonly Ns[];
}

/**
 * A minute of a server that is away or restarts. A write that is given up must not be made again by
 * its caller: it would have another token, and count twice where only the answer was lost.
 */
export const RETRY_DELAYS_NS: readonly Ns[] = [
  100, 200, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000,
].map((ms) => ms * NS_PER_MS);

interface Waiting<Row> {
  readonly rows: readonly Row[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Turns many small writes into few large inserts: while one insert is under way, what is written
 * gathers, and goes together in the next.
 *
 *   write ─┐            ┌─ insert ──────┐     ┌─ insert ──
 *   write ─┼─ waiting ─►│ all that waited│ ───►│ all since
 *   write ─┘            └───────────────┘     └───────────
 *                        each write resolves when the insert that took it has ended
 *
 * A write goes whole into one insert, and inserts follow one another in the order of the writes.
 */
export class GroupCommit<Row> {
  readonly #options: GroupCommitOptions<Row>;
  #waiting: Waiting<Row>[] = [];
  #rowCount = 0;
  #running: Promise<void> | undefined;
  /** When the next insert would begin, if all were as far apart as they are to be on average. */
  #evenlyNs = Number.NEGATIVE_INFINITY;

  constructor(options: GroupCommitOptions<Row>) {
    this.#options = options;
  }

  /** How many rows wait or are under way. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /**
   * Resolves when the rows are durable; at once for none.
   * @throws HarnessError STORE_OVERFLOW where they do not fit in the buffer: none of them is taken.
   * What the insert threw, once it was tried as often as allowed: then all of them may be missing.
   */
  async write(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const { rowsMax, what } = this.#options;
    if (this.#rowCount + rows.length > rowsMax) {
      throw new HarnessError(
        'STORE_OVERFLOW',
        `${rows.length} ${what} were not taken: ${this.#rowCount} wait for the store, at most ${rowsMax} may`,
        { hint: 'The store is slower than the run: keep fewer spans, or use a faster server.' },
      );
    }
    this.#rowCount += rows.length;
    const committed = new Promise<void>((done, failed) => {
      this.#waiting.push({ rows, done, failed });
    });
    this.#running ??= this.#drain();
    await committed;
  }

  /** Resolves when nothing waits and nothing is under way; never rejects. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #drain(): Promise<void> {
    const { clock, intervalNs, burst = 1 } = this.#options;
    // What one piece of code writes in a row belongs together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const earliestNs = this.#evenlyNs - (burst - 1) * intervalNs;
      if (clock.nowNs() < earliestNs) await sleep(clock, earliestNs - clock.nowNs());
      this.#evenlyNs = Math.max(this.#evenlyNs, clock.nowNs()) + intervalNs;
      await this.#commit(this.#takeBatch());
    }
    this.#running = undefined;
  }

  #takeBatch(): readonly Waiting<Row>[] {
    let rowCount = 0;
    const end = this.#waiting.findIndex((write) => {
      const full = rowCount >= this.#options.batchRows;
      rowCount += write.rows.length;
      return full;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #commit(batch: readonly Waiting<Row>[]): Promise<void> {
    const rows = batch.flatMap((write) => write.rows);
    try {
      await this.#insertWithRetries(rows);
      this.#rowCount -= rows.length;
      for (const write of batch) write.done();
    } catch (error) {
      this.#rowCount -= rows.length;
      for (const write of batch) write.failed(error);
    }
  }

  async #insertWithRetries(rows: readonly Row[]): Promise<void> {
    const { insert, isPassing, newToken, clock, retryDelaysNs } = this.#options;
    const token = newToken();
    for (let attempt = 0; ; attempt++) {
      try {
        await insert(rows, token);
        return;
      } catch (error) {
        const delayNs = retryDelaysNs[attempt];
        if (delayNs === undefined || !isPassing(error)) throw error;
        await sleep(clock, delayNs);
      }
    }
  }
}
