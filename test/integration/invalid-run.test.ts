import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CallgaugeProcess, Workplace, type Ended } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { tinyScenario } from './tiny-scenario.ts';

/** The generator is starved as by a busy or paused host: its process is stopped now and then. */
const STOPPED_EVERY_MS = 600;
const STOPPED_MS = 100;
const ANSWER_MS = 50;
const ARRIVALS = 900;

const workplace = new Workplace();
let server: Server;
let file: string;

beforeAll(async () => {
  server = createServer((_request, response) => {
    setTimeout(() => response.end('hello'), ANSWER_MS);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  file = workplace.file('tiny.yaml', tinyScenario({ url, rate: '300/s', for: '3s' }));
});
afterAll(() => {
  server.close();
  workplace.remove();
});

describe('a run whose generator is starved', () => {
  it('is invalid and exits 122, saying why and what to do', async () => {
    const ended = await run({ starve: true });
    expect(ended.code).toBe(122);
    const { results } = JSON.parse(ended.out) as Report;
    expect(results.verdict).toBe('invalid');
    expect(results.invalid?.reasons.join('\n')).toMatch(/arrivals were let go more than 10\.0 ms/u);
    expect(results.invalid?.remedy).not.toBe('');
    expect(results.generator.lateRatio).toBeGreaterThan(0.02);
    // Without the generator's own delay the target is nearer to what it is.
    const [step] = results.steps;
    const correctedNs = results.generator.steps[0]?.corrected.meanNs ?? Number.NaN;
    expect(correctedNs).toBeGreaterThan(ANSWER_MS * 0.9e6);
    expect(correctedNs).toBeLessThan(step?.overall.response.meanNs ?? Number.NaN);
  });

  // How often it is valid on a quiet machine, and invalid on others: bench -- invalid.
  it('is valid where nothing starved it, and knows its thread', async () => {
    const ended = await run({ starve: false });
    expectExit(ended, 0);
    const { invalid, generator } = (JSON.parse(ended.out) as Report).results;
    expect(invalid === null).toBe(ended.code === 0);
    expect(generator).toMatchObject({
      wantedArrivals: ARRIVALS,
      arrivals: ARRIVALS,
      droppedArrivals: 0,
    });
    expect(generator.thread.watchedNs).toBeGreaterThan(2.5e9);
    expect(generator.thread.cpuRatio).toBeGreaterThan(0);
    expect(generator.thread.cpuRatio).toBeLessThanOrEqual(1.01);
    expect(generator.steps[0]?.corrected.n).toBe(ARRIVALS);
    expect(generator.uncertainty.n).toBe(ARRIVALS);
    // The loop is asleep for most of the time: that is no time in which an answer lay there. It is
    // awake all the time where it is starved.
    if (invalid !== null) return;
    expect(valueAt(generator.uncertainty, 50)).toBeLessThan((ANSWER_MS / 2) * 1e6);
  });
});

interface Clock {
  readonly n: number;
  readonly meanNs: number;
  readonly percentiles: readonly { readonly percent: number; readonly valueNs: number | null }[];
}

interface Report {
  readonly results: {
    readonly verdict: string;
    readonly invalid: { readonly reasons: readonly string[]; readonly remedy: string } | null;
    readonly steps: readonly { readonly overall: { readonly response: Clock } }[];
    readonly generator: {
      readonly lateRatio: number;
      readonly thread: { readonly watchedNs: number; readonly cpuRatio: number };
      readonly uncertainty: Clock;
      readonly steps: readonly { readonly corrected: Clock }[];
    };
  };
}

/** Stops the command's own process only: the store and the target go on. */
async function run({ starve }: { readonly starve: boolean }): Promise<Ended> {
  const command = new CallgaugeProcess(['run', file, '--dir', workplace.storeDir, '--json']);
  const { child } = command;
  await command.says('1/3 s');
  const starving = setInterval(() => {
    if (!starve) return;
    child.kill('SIGSTOP');
    setTimeout(() => child.kill('SIGCONT'), STOPPED_MS);
  }, STOPPED_EVERY_MS);
  try {
    return await command.ended();
  } finally {
    clearInterval(starving);
    child.kill('SIGCONT');
  }
}

function valueAt(clock: Clock | undefined, percent: number): number {
  return clock?.percentiles.find((p) => p.percent === percent)?.valueNs ?? Number.NaN;
}
