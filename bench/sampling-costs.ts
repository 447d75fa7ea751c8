import { join } from 'node:path';
import { NS_PER_SEC, VirtualClock } from '../src/core/index.ts';
import type { SpanBlock } from '../src/native/index.ts';
import { TailSampler } from '../src/sampling/index.ts';
import { SpanJournal } from '../src/store/spool/span-journal.ts';
import { createSpool } from '../src/store/spool/spool-folder.ts';
import { UndecidedSegments } from '../src/store/spool/undecided-segments.ts';
import { median } from './statistics/sample-quantile.ts';
import { renderTable } from './table.ts';

const RATIO = 0.05;

/**
 * Processor time of one way from a decoded block to what a store would be given, in us per span.
 */
interface Cost {
  /** Before the answer. */
  readonly takenUs: number;
  readonly afterwardsUs: number;
  /** The part of the spans that the store is given. */
  readonly given: number;
}

/**
 * Returns a table of what it takes to put blocks on disk as they are, and to sample their traces:
 * in turns, into files in a folder, in front of a store that takes everything for nothing.
 */
export async function samplingTable(
  blocks: readonly SpanBlock[],
  scratch: string,
  rounds: number,
): Promise<string> {
  const ways: readonly (readonly [string, (folder: string) => Promise<Cost>])[] = [
    ['all', (folder) => storedWhole(blocks, folder)],
    [`what failed, and ${100 * RATIO}%`, (folder) => sampled(blocks, folder)],
  ];
  const costs = new Map<string, Cost[]>(ways.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [name, work]] of ways.entries()) {
      const cost = await work(join(scratch, `sampling-${round}-${i}`, 'spool', 'local'));
      // The first round warms up.
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  const cell = (all: readonly Cost[], of: (cost: Cost) => number): string =>
    median(all.map(of)).toFixed(2);
  return renderTable(
    ['stored', 'CPU us/span before the answer', 'afterwards', 'of the spans'],
    [...costs].map(([name, all]) => [
      name,
      cell(all, ({ takenUs }) => takenUs),
      cell(all, ({ afterwardsUs }) => afterwardsUs),
      `${(100 * median(all.map(({ given }) => given))).toFixed(1)}%`,
    ]),
  );
}

async function storedWhole(blocks: readonly SpanBlock[], folder: string): Promise<Cost> {
  const { journal, given } = journalIn(folder);
  return costOf(blocks, given, {
    take: (block) => journal.append(block),
    end: () => journal.close(),
  });
}

async function sampled(blocks: readonly SpanBlock[], folder: string): Promise<Cost> {
  const { journal, clock, given } = journalIn(folder);
  const sampler = new TailSampler({
    rules: {
      ratio: RATIO,
      slow: { kind: 'percentile', percentile: 0.99 },
      ...{ waitNs: 30 * NS_PER_SEC, waitAfterRootNs: 10 * NS_PER_SEC },
    },
    log: new UndecidedSegments({ folder, journal }),
    clock,
    bytesMax: Number.POSITIVE_INFINITY,
  });
  sampler.start();
  return costOf(blocks, given, {
    take: (block) => sampler.accept(block),
    end: async () => {
      await sampler.close();
      await journal.close();
    },
  });
}

function journalIn(folder: string): {
  readonly journal: SpanJournal;
  readonly clock: VirtualClock;
  readonly given: () => number;
} {
  const clock = new VirtualClock();
  let rows = 0;
  const journal = new SpanJournal({
    clock,
    newFile: () => createSpool(folder),
    insert: async (frame) => void (rows += frame.rows),
    bytesMax: Number.POSITIVE_INFINITY,
  });
  return { journal, clock, given: () => rows };
}

async function costOf(
  blocks: readonly SpanBlock[],
  given: () => number,
  way: {
    readonly take: (block: SpanBlock) => Promise<void> | void;
    readonly end: () => Promise<void>;
  },
): Promise<Cost> {
  const spans = blocks.reduce((sum, { rows }) => sum + rows, 0);
  const usSince = (before: NodeJS.CpuUsage): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / spans;
  };
  const start = process.cpuUsage();
  for (const block of blocks) await way.take(block);
  const takenUs = usSince(start);
  const middle = process.cpuUsage();
  await way.end();
  return { takenUs, afterwardsUs: usSince(middle), given: given() / spans };
}
