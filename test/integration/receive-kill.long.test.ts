import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { spanWeightOf } from '../../src/core/index.ts';
import { ShareOfTraces } from '../../src/sampling/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { Receivers } from './killed-receivers.ts';
import { MortalClickHouse } from './mortal-clickhouse.ts';
import { exportOf, postExport, ResendingExporter } from './resending-exporter.ts';

/** How often all troubles come. */
const ROUNDS = Number(process.env['CALLGAUGE_KILL_ROUNDS'] ?? 1) || 1;
const CONNECTIONS = 8;
/** What is stored, or refused, before a trouble comes, and while it lasts. */
const SOME = { spans: 2_000, refusals: 8 };
const ROUND_WITHIN_MS = 180_000;
/** How long ClickHouse is away. */
const AWAY_SEC = Number(process.env['CALLGAUGE_AWAY_SECONDS'] ?? 5) || 5;
/** A fifth, decided soon: what waits for a decision, and what was decided, meets every trouble. */
const SAMPLING = [
  ...['--sample', '20%'],
  ...['--decision-wait', '3s', '--decision-wait-after-root', '1s'],
] as const;

const workplace = new Workplace();
afterAll(() => workplace.remove());

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
  async () => {
    const clickHouse = await MortalClickHouse.started();
    onTestFinished(() => clickHouse.remove());
    const receivers = await Receivers.started({
      ...{ clickHouse, database: 'killed', folder: workplace.folder },
    });
    onTestFinished(() => receivers.kill());
    const exporter = new ResendingExporter(receivers.url, 'killed');
    onTestFinished(() => exporter.giveUp());
    await meetAllTroubles({ clickHouse, receivers, exporter });
    await expectAll({ clickHouse, receivers, exporter });
  },
);

test('spans whose answer was lost with the receiver are stored once when they come again', async () => {
  const clickHouse = await MortalClickHouse.started();
  onTestFinished(() => clickHouse.remove());
  const receivers = await Receivers.started({
    ...{ clickHouse, database: 'again', folder: workplace.folder },
  });
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

test(
  'what a receiver acknowledged is sampled once, and alike, whatever was killed under load',
  { timeout: ROUNDS * TROUBLES.length * ROUND_WITHIN_MS },
  async () => {
    const clickHouse = await MortalClickHouse.started();
    onTestFinished(() => clickHouse.remove());
    const database = 'sampled';
    const receivers = await Receivers.started({
      ...{ clickHouse, database, folder: workplace.folder },
      arguments: SAMPLING,
    });
    onTestFinished(() => receivers.kill());
    const exporter = new ResendingExporter(receivers.url, database, { failedEvery: 10 });
    onTestFinished(() => exporter.giveUp());
    await meetAllTroubles({ clickHouse, receivers, exporter });
    await expectSampled({ clickHouse, receivers, exporter }, database);
  },
);

test.each([
  ['all spans', 'away', [], expectAll],
  ['a sample', 'sampled_away', SAMPLING, (world: World) => expectSampled(world, 'sampled_away')],
] as const)(
  'of %s nothing is lost or doubled while ClickHouse is away for long',
  { timeout: (AWAY_SEC + 240) * 1_000 },
  async (_what, database, options, expectStored) => {
    const clickHouse = await MortalClickHouse.started();
    onTestFinished(() => clickHouse.remove());
    const place = { folder: workplace.folder, arguments: options };
    const receivers = await Receivers.started({ clickHouse, database, ...place });
    onTestFinished(() => receivers.kill());
    const exporter = new ResendingExporter(receivers.url, database, { failedEvery: 10 });
    onTestFinished(() => exporter.giveUp());
    exporter.start(CONNECTIONS);
    await exporter.until({ spans: SOME.spans });
    await clickHouse.kill();
    const before = exporter.acknowledged.size;
    await wait(AWAY_SEC * 1_000);
    // While the store is away the disk takes them.
    expect(exporter.acknowledged.size).toBeGreaterThan(before);
    await clickHouse.start();
    await exporter.until({ spans: SOME.spans });
    await exporter.finish();
    expect(exporter.dropped).toEqual([]);
    await expectStored({ clickHouse, receivers, exporter });
  },
);

/** Sends while all troubles come, so often, until all that was sent is acknowledged. */
async function meetAllTroubles(world: World): Promise<void> {
  const { exporter } = world;
  exporter.start(CONNECTIONS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [, happens] of TROUBLES) {
      await exporter.until({ spans: SOME.spans });
      await happens(world);
    }
  }
  await exporter.until({ spans: SOME.spans });
  await exporter.finish();
  expect(exporter.dropped).toEqual([]);
}

/** All that was acknowledged is stored, and once. */
async function expectAll({ receivers, exporter }: World): Promise<void> {
  const times = await receivers.storedTimes();
  const lost = [...exporter.acknowledged].filter((id) => !times.has(id));
  const doubled = [...times].filter(([, count]) => count > 1);
  expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
}

/**
 * What failed is stored, all of it, and of the rest the share that the ids tell; each span once.
 */
async function expectSampled(
  { clickHouse, receivers, exporter }: World,
  database: string,
): Promise<void> {
  const times = await receivers.storedTimes();
  const rows = await clickHouse.rows(
    `SELECT SpanId, TraceId, TraceState FROM ${database}.otel_traces`,
  );
  const states = new Map(rows.map(([spanId, , state]) => [String(spanId), String(state)]));
  const share = new ShareOfTraces(0.2);
  const kept = [...exporter.traces].flatMap(([traceId, { spanIds, isFailed }]) => {
    const random = Number.parseInt(traceId.slice(18, 30), 16);
    const isKept = isFailed || share.stateOf(random, '') !== undefined;
    return isKept ? spanIds.map((id) => ({ id, isFailed })) : [];
  });
  const wanted = new Set(kept.map(({ id }) => id));
  const lost = [...wanted].filter((id) => !times.has(id));
  const unwanted = [...times.keys()].filter((id) => !wanted.has(id));
  const doubled = [...times].filter(([, count]) => count > 1);
  // A span of a share tells how many it stands for, one that failed stands for itself.
  const weighed = kept.filter(
    ({ id, isFailed }) => Math.round(spanWeightOf(states.get(id) ?? '')) !== (isFailed ? 1 : 5),
  );
  expect({ lost, doubled, unwanted, weighed }).toEqual({
    ...{ lost: [], doubled: [], unwanted: [], weighed: [] },
  });
}
