import { availableParallelism } from 'node:os';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProcess, pauseSec, startProcess } from '../child-process.ts';
import type { BenchOptions } from '../options.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { renderTable } from '../table.ts';

const RUN_SEC = 8;
const RATE_PER_SEC = 300;
/** More than one thread sends on any machine of today. */
const TOO_HIGH_PER_SEC = 400_000;
const STOPPED_SEC = 0.05;
const EXIT_INVALID = 122;

/** Something that befalls the generator while it runs. */
interface Trouble {
  readonly title: string;
  readonly isStarved: boolean;
  readonly ratePerSec: number;
  /** Starves the process until it is asked to stop; resolves then. */
  begin(pid: number): { stop(): Promise<void> };
}

const TROUBLES: readonly Trouble[] = [
  {
    title: 'none',
    isStarved: false,
    ratePerSec: RATE_PER_SEC,
    begin: () => ({ stop: () => Promise.resolve() }),
  },
  {
    title: `stopped for ${STOPPED_SEC * 1_000} ms of every second`,
    isStarved: true,
    ratePerSec: RATE_PER_SEC,
    begin: stopNowAndThen,
  },
  {
    title: 'busy processes, four to a core',
    isStarved: true,
    ratePerSec: RATE_PER_SEC,
    begin: hogs,
  },
  {
    title: `asked for ${TOO_HIGH_PER_SEC}/s of one worker`,
    isStarved: true,
    ratePerSec: TOO_HIGH_PER_SEC,
    begin: () => ({ stop: () => Promise.resolve() }),
  },
];

/**
 * Prints how many whole runs of the command line are found INVALID where the generator is starved,
 * and how many where it is left alone.
 */
export async function benchInvalid(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  say(
    `${rounds} runs of ${RUN_SEC} s of each kind, ${RATE_PER_SEC}/s where nothing else is said\n`,
  );
  const rows: string[][] = [];
  for (const trouble of TROUBLES) {
    const server = await startAnsweringServer(scratch, 0);
    const file = join(scratch, 'invalid.yaml');
    writeFileSync(file, scenarioText(server.url, trouble.ratePerSec));
    const codes: number[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        codes.push(await exitCodeOf(file, join(scratch, 'store'), trouble));
      }
    } finally {
      await server.stop();
    }
    const invalid = codes.filter((code) => code === EXIT_INVALID).length;
    const wanted = trouble.isStarved ? rounds : 0;
    rows.push([
      trouble.title,
      `${invalid} of ${rounds}`,
      String(wanted),
      codes.every((code) => code === 0 || code === EXIT_INVALID) ? '' : `exits ${codes.join(' ')}`,
    ]);
  }
  say(renderTable(['the generator is', 'INVALID', 'wanted', ''], rows));
}

async function exitCodeOf(file: string, storeDir: string, trouble: Trouble): Promise<number> {
  const main = join(import.meta.dirname, '../../src/cli/main.ts');
  const command = startProcess([process.execPath, main, 'run', file, '--dir', storeDir], {
    boundSec: RUN_SEC + 60,
  });
  const running = trouble.begin(command.pid);
  try {
    return await command.exitCode;
  } finally {
    await running.stop();
  }
}

function stopNowAndThen(pid: number): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const going = (async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pauseSec(1 - STOPPED_SEC);
      signal(pid, 'SIGSTOP');
      await pauseSec(STOPPED_SEC);
      signal(pid, 'SIGCONT');
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await going;
    },
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

function hogs(): { stop(): Promise<void> } {
  const processes: RunningProcess[] = Array.from({ length: 4 * availableParallelism() }, () =>
    startProcess([process.execPath, '-e', 'for (;;);'], { boundSec: RUN_SEC + 60 }),
  );
  return {
    stop: async () => {
      await Promise.all(processes.map((hog) => hog.stop()));
    },
  };
}

function scenarioText(url: string, ratePerSec: number): string {
  return `name: invalid
targets: { api: { url: "${url}" } }
flows: { look: [{ step: home, target: api, http: { path: / } }] }
load:
  - { phase: warm-up, arrivals: { rate: ${RATE_PER_SEC}/s }, for: 2s, measure: false }
  - { phase: steady, arrivals: { rate: ${ratePerSec}/s }, for: ${RUN_SEC}s }
engine: { workers: 1, gracefulStop: 5s }
`;
}
