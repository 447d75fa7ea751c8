import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { hasProgram, outputOf } from '../child-process.ts';
import type { BenchOptions } from '../options.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';
import { secondsToFirstCall } from './first-call.ts';

const ROUNDS = 5;
const QUICK_ROUNDS = 1;
const LOAD_SEC = 2;
const BOUND_SEC = 120;
const REPOSITORY = join(import.meta.dirname, '../..');
const BUILT = join(REPOSITORY, 'dist/bundle/main.js');
const AUTOCANNON = join(REPOSITORY, 'node_modules/autocannon/autocannon.js');

/** A command whose cost is taken as a whole process. */
interface Timed {
  readonly name: string;
  /** Of the round: a folder of its own where it wants a store that is not there yet. */
  readonly argv: (round: number) => readonly string[];
  /** How long it is asked to send; 0 of what sends nothing. */
  readonly loadSec: number;
  /** Stops what it left running. */
  readonly after?: (round: number) => Promise<void>;
}

interface Cost {
  readonly wallSec: number;
  readonly cpuSec: number;
}

/**
 * Prints what each command costs as a whole process, built as it is published: wall time beyond the
 * load that it was asked for, and processor time, beside bare Node and autocannon, in turns. The
 * first round also fills Node's compile cache, is printed apart and is in no median.
 */
export async function benchStart(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  if (!hasProgram('bash')) throw new Error('bench -- start wants bash, which times commands');
  const rounds = options.rounds ?? (options.quick ? QUICK_ROUNDS : ROUNDS);
  say('building the package');
  await outputOf([process.execPath, join(REPOSITORY, 'scripts/build.ts')], { boundSec: BOUND_SEC });
  const { NODE_COMPILE_CACHE: _none, ...own } = process.env;
  const env = { ...own, XDG_CACHE_HOME: join(scratch, 'cache'), NO_COLOR: '1' };
  const server = await startAnsweringServer(scratch, 0);
  const warm = join(scratch, 'warm');
  const cold = (round: number): string => join(scratch, `cold-${round}`);
  const callgauge = (...args: string[]): string[] => [process.execPath, BUILT, ...args];
  const load = (dir: string): string[] =>
    callgauge(
      'load',
      server.url,
      '-d',
      `${LOAD_SEC}s`,
      '-R',
      '200',
      '-c',
      '8',
      '--warm-up',
      '0',
      '--dir',
      dir,
    );
  const stopStore = async (dir: string): Promise<void> => {
    await outputOf(callgauge('store', 'stop', '--dir', dir), { boundSec: BOUND_SEC });
  };
  const validated = join(REPOSITORY, 'scenarios/quickstart.yaml');
  const commands: readonly Timed[] = [
    { name: 'node -e 0', argv: () => [process.execPath, '-e', '0'], loadSec: 0 },
    { name: 'callgauge --help', argv: () => callgauge('--help'), loadSec: 0 },
    {
      name: 'autocannon --help',
      argv: () => [process.execPath, AUTOCANNON, '--help'],
      loadSec: 0,
    },
    { name: 'callgauge validate', argv: () => callgauge('validate', validated), loadSec: 0 },
    { name: 'callgauge load, store running', argv: () => load(warm), loadSec: LOAD_SEC },
    {
      name: 'callgauge load, no store yet',
      argv: (round) => load(cold(round)),
      loadSec: LOAD_SEC,
      after: (round) => stopStore(cold(round)),
    },
    {
      name: 'autocannon',
      argv: () => [process.execPath, AUTOCANNON, '-d', `${LOAD_SEC}`, '-c', '8', server.url],
      loadSec: LOAD_SEC,
    },
    {
      name: 'callgauge report',
      argv: () => callgauge('report', 'latest', '--dir', warm),
      loadSec: 0,
    },
  ];
  try {
    // Kept: it would stop with the command that started it.
    await outputOf(callgauge('store', 'start', '--dir', warm), { boundSec: BOUND_SEC });
    await outputOf(load(warm), { boundSec: BOUND_SEC, fineCodes: [...FINE_CODES] });
    const costs = new Map<string, Cost[]>(commands.map(({ name }) => [name, []]));
    for (let round = 0; round <= rounds; round++) {
      for (const { name, argv, after } of commands) {
        costs.get(name)?.push(timed(argv(round), env));
        await after?.(round);
      }
    }
    say(
      `medians of ${rounds} rounds, and their range; "first": the round before, without a cache\n`,
    );
    say(table(commands, costs));
    const source = { ...env, NODE_COMPILE_CACHE: join(scratch, 'source-cache') };
    const firstCalls: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const dir = join(scratch, `npm-start-${round}`);
      firstCalls.push(await secondsToFirstCall(REPOSITORY, dir, source));
    }
    const [first = NaN, ...others] = firstCalls;
    say(`\nnpm start to the first call: ${rangeText(others)} s; first ${first.toFixed(2)} s`);
  } finally {
    await server.stop();
    await stopStore(warm);
  }
}

/** Returns the cost of a command with what it waits for; a store that it leaves running is not. */
function timed(argv: readonly string[], env: NodeJS.ProcessEnv): Cost {
  const script = 'TIMEFORMAT=\'%R %U %S\'; time "$@" >/dev/null 2>"$ERRORS"';
  const { stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...argv], {
    encoding: 'utf8',
    env: { ...env, ERRORS: '/dev/null' },
    timeout: BOUND_SEC * 1_000,
  });
  const [wallSec = NaN, user = NaN, system = NaN] = stderr.trim().split(' ').map(Number);
  if (!FINE_CODES.has(status ?? -1)) throw new Error(`${argv.join(' ')}: exit ${status}`);
  return { wallSec, cpuSec: user + system };
}

/** Of a load so short, or on a busy machine: it was sent all the same. */
const FINE_CODES: ReadonlySet<number> = new Set([0, 121, 122]);

function table(commands: readonly Timed[], costs: ReadonlyMap<string, readonly Cost[]>): string {
  const bare = median((costs.get('node -e 0') ?? []).slice(1).map(({ cpuSec }) => cpuSec));
  const rows = commands.map(({ name, loadSec }) => {
    const [first, ...others] = costs.get(name) ?? [];
    const walls = others.map(({ wallSec }) => wallSec - loadSec);
    const cpus = others.map(({ cpuSec }) => cpuSec);
    return [
      loadSec === 0 ? name : `${name}, around ${loadSec} s`,
      rangeText(walls),
      ((first?.wallSec ?? NaN) - loadSec).toFixed(2),
      rangeText(cpus),
      (median(cpus) / bare).toFixed(1),
    ];
  });
  return renderTable(['command', 'wall s', 'first', 'CPU s', 'over bare Node'], rows);
}

function rangeText(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}
