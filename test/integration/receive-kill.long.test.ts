import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { freePort } from './free-port.ts';
import { MortalClickHouse } from './mortal-clickhouse.ts';
import { exportOf, postExport, ResendingExporter } from './resending-exporter.ts';

/** How often all troubles come. */
const ROUNDS = Number(process.env['CALLGAUGE_KILL_ROUNDS'] ?? 1) || 1;
const CONNECTIONS = 8;
/** What is stored, or refused, before a trouble comes, and while it lasts. */
const SOME = { spans: 2_000, refusals: 8 };
const ROUND_WITHIN_MS = 180_000;

const place = new Workplace();
afterAll(() => place.remove());

/** A receiver, the ClickHouse that it stores at, and what sends to it. */
interface World {
  readonly clickHouse: MortalClickHouse;
  readonly receivers: Receivers;
  readonly exporter: ResendingExporter;
}

const TROUBLES: readonly (readonly [what: string, happens: (world: World) => Promise<void>])[] = [
  [
    'the receiver is killed',
    async ({ receivers }) => {
      await receivers.kill();
      await receivers.start();
    },
  ],
  [
    'ClickHouse is killed',
    async ({ clickHouse }) => {
      await clickHouse.kill();
      await clickHouse.start();
    },
  ],
  [
    'ClickHouse is away for a while',
    async ({ clickHouse, exporter }) => {
      await clickHouse.kill();
      await exporter.until(SOME);
      await clickHouse.start();
    },
  ],
  [
    'ClickHouse stands still',
    async ({ clickHouse, exporter }) => {
      clickHouse.freeze();
      await exporter.until(SOME);
      clickHouse.thaw();
    },
  ],
  [
    'the receiver is killed while ClickHouse is away',
    async ({ clickHouse, receivers, exporter }) => {
      await clickHouse.kill();
      await exporter.until(SOME);
      await receivers.kill();
      await clickHouse.start();
      await receivers.start();
    },
  ],
  [
    'both are killed at once',
    async ({ clickHouse, receivers }) => {
      await Promise.all([clickHouse.kill(), receivers.kill()]);
      await clickHouse.start();
      await receivers.start();
    },
  ],
];

test(
  'what a receiver acknowledged is stored once, whatever was killed under load',
  { timeout: ROUNDS * TROUBLES.length * ROUND_WITHIN_MS },
  async ({ onTestFinished }) => {
    const clickHouse = await MortalClickHouse.started();
    onTestFinished(() => clickHouse.remove());
    const receivers = await Receivers.started(clickHouse, 'killed');
    onTestFinished(() => receivers.kill());
    const exporter = new ResendingExporter(receivers.url, 'killed');
    onTestFinished(() => exporter.giveUp());
    exporter.start(CONNECTIONS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [, happens] of TROUBLES) {
        await exporter.until({ spans: SOME.spans });
        await happens({ clickHouse, receivers, exporter });
      }
    }
    await exporter.until({ spans: SOME.spans });
    await exporter.finish();
    expect(exporter.dropped).toEqual([]);
    const times = await receivers.storedTimes();
    const lost = [...exporter.acknowledged].filter((id) => !times.has(id));
    const doubled = [...times].filter(([, count]) => count > 1);
    expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
  },
);

test('spans whose answer was lost with the receiver are stored once when they come again', async ({
  onTestFinished,
}) => {
  const clickHouse = await MortalClickHouse.started();
  onTestFinished(() => clickHouse.remove());
  const receivers = await Receivers.started(clickHouse, 'again');
  onTestFinished(() => receivers.kill());
  const body = exportOf(['00000000000000a1', '00000000000000a2']);
  // The store has none of them when the receiver is killed: they wait on disk.
  clickHouse.freeze();
  expect(await postExport(receivers.url, body)).toMatchObject({ status: 200 });
  await receivers.kill();
  clickHouse.thaw();
  await receivers.start();
  expect(await postExport(receivers.url, body)).toMatchObject({ status: 200 });
  expect([...(await receivers.storedTimes())]).toEqual([
    ['00000000000000a1', 1],
    ['00000000000000a2', 1],
  ]);
});

/** `callgauge receive` at one port and on one folder, again and again. */
class Receivers {
  readonly url: string;
  readonly #port: number;
  readonly #clickHouse: MortalClickHouse;
  readonly #database: string;
  #process: CallgaugeProcess | undefined;

  static async started(clickHouse: MortalClickHouse, database: string): Promise<Receivers> {
    const receivers = new Receivers(await freePort(), clickHouse, database);
    await receivers.start();
    return receivers;
  }

  private constructor(port: number, clickHouse: MortalClickHouse, database: string) {
    this.#port = port;
    this.#clickHouse = clickHouse;
    this.#database = database;
    this.url = `http://127.0.0.1:${port}/v1/traces`;
  }

  /** Starts one, which stores what the one before it left behind. */
  async start(): Promise<void> {
    const { url, dir } = this.#address;
    const store = ['--store', url, '--dir', dir];
    this.#process = new CallgaugeProcess(['receive', '--listen', String(this.#port), ...store]);
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
    const rows = await this.#clickHouse.rows(
      `SELECT SpanId, count() FROM ${this.#database}.otel_traces GROUP BY SpanId ORDER BY SpanId`,
    );
    return new Map(rows.map(([id, times]) => [String(id), Number(times)]));
  }

  get #address(): { readonly url: string; readonly dir: string } {
    const dir = join(place.folder, this.#database);
    return { url: `${this.#clickHouse.url}/${this.#database}`, dir };
  }
}
