import { join } from 'node:path';
import { outputOf } from '../child-process.ts';
import { runClient } from '../client/run-client.ts';
import type { BenchOptions } from '../options.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { renderTable } from '../table.ts';

const RATE_PER_SEC = 20_000;
const CONNECTIONS = 64;
const SETTLED_SEC = 30;
const WITHIN_RATIO = 0.05;
const BYTES_PER_MB = 1_000_000;
const HISTOGRAMS_MAX_MB = 200;

/**
 * Prints whether the memory of a long run stays where it was after 30 s, and what the histograms of
 * 100 steps against 10 targets take.
 */
export async function benchMemory(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const seconds = options.seconds ?? (options.quick ? 12 : 120);
  const settledSec = Math.min(SETTLED_SEC, Math.floor(seconds / 4));
  const server = await startAnsweringServer(scratch, 0);
  try {
    const { rssBytes, finished } = await runClient({
      url: server.url,
      connections: CONNECTIONS,
      pacing: 'precise',
      phases: [
        {
          seconds,
          measure: true,
          load: { ratePerSec: RATE_PER_SEC, process: 'constant' },
        },
      ],
    });
    const from = rssBytes[settledSec - 1] ?? Number.NaN;
    const to = rssBytes.at(-1) ?? Number.NaN;
    const outcomes = Object.entries(finished).map(([outcome, count]) => `${count} ${outcome}`);
    say(`${RATE_PER_SEC}/s for ${seconds} s: ${outcomes.join(', ')}\n`);
    say(
      renderTable(
        [
          'RSS MB',
          `after ${settledSec} s`,
          'at the end',
          'change',
          `within ${WITHIN_RATIO * 100}%`,
        ],
        [
          [
            'run',
            mb(from),
            mb(to),
            percent(to / from - 1),
            verdict(Math.abs(to / from - 1) <= WITHIN_RATIO),
          ],
        ],
      ),
    );
  } finally {
    await server.stop();
  }

  const rows: string[][] = [];
  for (const [title, steps] of [
    ['100 steps, each against one of 10 targets', 100],
    ['100 steps against each of 10 targets', 1_000],
  ] as const) {
    const program = join(import.meta.dirname, '../client/recorder-memory-main.ts');
    const argv = [process.execPath, '--expose-gc', program, String(steps)];
    const bytes = Number(await outputOf(argv, { boundSec: 60 }));
    rows.push([title, mb(bytes), verdict(bytes < HISTOGRAMS_MAX_MB * BYTES_PER_MB)]);
  }
  say(`\n${renderTable(['histograms of', 'RSS MB', `< ${HISTOGRAMS_MAX_MB} MB`], rows)}`);
}

function mb(bytes: number): string {
  return (bytes / BYTES_PER_MB).toFixed(1);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)}%`;
}

function verdict(held: boolean): string {
  return held ? 'yes' : 'no';
}
