import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CallgaugeProcess, Workplace, type Ended } from '../cli/callgauge-process.ts';
import { tinyScenario } from './tiny-scenario.ts';

/**
 * The generator starved as a busy or paused host would: its process is stopped for 50 ms of every
 * second. Rates and limits are such that a healthy run stays far away from them.
 */
const STOPPED_MS = 50;

const workplace = new Workplace();
let server: Server;
let file: string;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  file = workplace.file('tiny.yaml', tinyScenario({ url, rate: '300/s', for: '8s' }));
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
    // Without the generator's own delay the target is what it is.
    expect(valueAt(results.generator.steps[0]?.corrected, 95)).toBeLessThan(20e6);
  });

  // On a host that is crowded at this moment an invalid run is the truth: it gets another chance.
  it('is valid where it is left alone, and knows its thread', { retry: 3 }, async () => {
    const ended = await run({ starve: false });
    expect(ended.code).toBe(0);
    const { invalid, generator } = (JSON.parse(ended.out) as Report).results;
    expect(invalid).toBeNull();
    expect(generator).toMatchObject({ wantedArrivals: 2_400, arrivals: 2_400, droppedArrivals: 0 });
    expect(generator.thread.watchedNs).toBeGreaterThan(7e9);
    expect(generator.thread.cpuRatio).toBeGreaterThan(0);
    expect(generator.thread.cpuRatio).toBeLessThanOrEqual(1.01);
    expect(generator.steps[0]?.corrected.n).toBe(2_400);
    // The loop is asleep for most of the time: that is no time in which an answer lay there.
    expect(generator.uncertainty.n).toBe(2_400);
    expect(valueAt(generator.uncertainty, 50)).toBeLessThan(1e6);
  });
});

interface Clock {
  readonly n: number;
  readonly percentiles: readonly { readonly percent: number; readonly valueNs: number | null }[];
}

interface Report {
  readonly results: {
    readonly verdict: string;
    readonly invalid: { readonly reasons: readonly string[]; readonly remedy: string } | null;
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
  await command.says('1/8 s');
  const starving = setInterval(() => {
    if (!starve) return;
    child.kill('SIGSTOP');
    setTimeout(() => child.kill('SIGCONT'), STOPPED_MS);
  }, 1_000);
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
