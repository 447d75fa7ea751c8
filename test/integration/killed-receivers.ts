import { join } from 'node:path';
import { openStore } from '../../src/store/index.ts';
import { CallgaugeProcess } from '../cli/callgauge-process.ts';
import { freePort } from './free-port.ts';
import type { MortalClickHouse } from './mortal-clickhouse.ts';

export interface ReceiversOptions {
  readonly clickHouse: MortalClickHouse;
  readonly database: string;
  /** Where the spool lies. */
  readonly folder: string;
  /** Further arguments of `callgauge receive`. */
  readonly arguments?: readonly string[];
}

/** `callgauge receive` at one port and on one folder, again and again. */
export class Receivers {
  readonly url: string;
  readonly #port: number;
  readonly #options: ReceiversOptions;
  #process: CallgaugeProcess | undefined;

  static async started(options: ReceiversOptions): Promise<Receivers> {
    const receivers = new Receivers(await freePort(), options);
    await receivers.start();
    return receivers;
  }

  private constructor(port: number, options: ReceiversOptions) {
    this.#port = port;
    this.#options = options;
    this.url = `http://127.0.0.1:${port}/v1/traces`;
  }

  /** Starts one, which stores what the one before it left behind. */
  async start(): Promise<void> {
    const { url, dir } = this.#address;
    this.#process = new CallgaugeProcess([
      ...['receive', '--listen', String(this.#port), '--store', url, '--dir', dir],
      ...(this.#options.arguments ?? []),
    ]);
    await this.#process.says('receiving at');
  }

  async kill(): Promise<void> {
    this.#process?.child.kill('SIGKILL');
    await this.#process?.ended();
  }

  /** Ends the receiver, and returns how often each span is stored, by its id. */
  async storedTimes(): Promise<ReadonlyMap<string, number>> {
    this.#process?.child.kill('SIGINT');
    await this.#process?.ended();
    // What still waits on disk is stored by the next command that opens the store.
    await (await openStore(this.#address)).close();
    const { clickHouse, database } = this.#options;
    const rows = await clickHouse.rows(
      `SELECT SpanId, count() FROM ${database}.otel_traces GROUP BY SpanId ORDER BY SpanId`,
    );
    return new Map(rows.map(([id, times]) => [String(id), Number(times)]));
  }

  get #address(): { readonly url: string; readonly dir: string } {
    const { clickHouse, database, folder } = this.#options;
    return { url: `${clickHouse.url}/${database}`, dir: join(folder, database) };
  }
}
