import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawAt } from '../../src/core/index.ts';
import { callgauge, Workplace, type Ended } from '../cli/callgauge-process.ts';

/** What of a step both a report and a simulation say. */
interface Side {
  readonly calls: number;
  readonly failed: number;
  readonly attempts: number;
}

interface StepJson {
  readonly overall: { readonly calls: number; readonly errors: number };
  readonly policy: { readonly attempts: number } | null;
}

interface SimulationJson {
  readonly kind: string;
  readonly as: { readonly runId: string };
  readonly steps: readonly {
    readonly unknown: number;
    readonly run: { readonly calls: number; readonly success: { readonly ratio: number } };
  }[];
  readonly report: { readonly results: { readonly steps: readonly StepJson[] } };
}

const FAILING = 0.2;
const RESET = 0.05;
const ATTEMPTS = 2;
const workplace = new Workplace();
let server: Server;
let plain: Side;
let simulated: Side;
let real: Side;
let simulation: SimulationJson;
let ended: Ended;

/** Fails, and closes connections without an answer, by its own seed: no two runs meet the same. */
function shop(): Server {
  let requests = 0;
  return createServer((request, response) => {
    const kind = drawAt(11, 1, requests);
    const ms = 2 + Math.floor(10 * drawAt(11, 2, requests));
    requests++;
    if (kind < RESET) {
      request.socket.destroy();
      return;
    }
    response.statusCode = kind < RESET + FAILING ? 503 : 200;
    setTimeout(() => response.end('{}'), ms);
  });
}

function scenario(policy: string): string {
  const { port } = server.address() as AddressInfo;
  const careful = `careful: { retry: { attempts: ${ATTEMPTS}, on: [reset, connect, 503] } }`;
  return [
    'name: simulated-shop',
    ...(policy === '' ? [] : [`policies: { ${careful} }`]),
    `targets: { shop: { url: "http://127.0.0.1:${port}", connections: 200${policy} } }`,
    'flows: { buy: [{ step: order, target: shop, timeout: 20s, http: GET /orders }] }',
    'load: [{ phase: steady, flow: buy, arrivals: { rate: 200/s }, for: 12s }]',
    'thresholds: [order.errors rate < 10%]',
    '',
  ].join('\n');
}

async function run(file: string, ...args: readonly string[]): Promise<Ended> {
  return callgauge([...args, file, '--json', '--dir', workplace.storeDir]);
}

function sideOf({ overall, policy }: StepJson): Side {
  const { calls, errors } = overall;
  return { calls, failed: errors, attempts: policy?.attempts ?? calls };
}

function sideOfRun({ out, err }: Ended): Side {
  const { results } = JSON.parse(out) as { results: { steps: readonly StepJson[] } };
  const [step] = results.steps;
  if (!step) throw new Error(`no step: ${err}`);
  return sideOf(step);
}

beforeAll(async () => {
  server = shop().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const before = workplace.file('plain.yaml', scenario(''));
  const after = workplace.file('careful.yaml', scenario(', policy: careful'));
  plain = sideOfRun(await run(before, 'run'));
  ended = await run(after, 'simulate');
  simulation = JSON.parse(ended.out) as SimulationJson;
  const [step] = simulation.report.results.steps;
  if (!step) throw new Error(`no step: ${ended.err}`);
  simulated = sideOf(step);
  real = sideOfRun(await run(after, 'run'));
}, 180_000);

afterAll(() => {
  server.close();
  server.closeAllConnections();
  workplace.remove();
});

/** So far two shares of so many calls lie apart in one of 100,000 tries, by chance. */
function farthest(share: number, ...counts: readonly number[]): number {
  return 4.4 * Math.sqrt(counts.reduce((sum, n) => sum + (share * (1 - share)) / n, 0));
}

describe('a policy, simulated by a run without it and then carried out', () => {
  it('makes as many calls succeed as it was said to', () => {
    expect(plain.failed / plain.calls).toBeCloseTo(FAILING + RESET, 1);
    const [said, was] = [simulated.failed / simulated.calls, real.failed / real.calls];
    // What both rest on: so many calls of each, and a share that the run without it only sampled.
    const share = (FAILING + RESET) ** ATTEMPTS;
    const bySample = 2 * (FAILING + RESET) * farthest(FAILING + RESET, plain.calls);
    const bound = farthest(share, simulated.calls, real.calls) + bySample;
    expect(Math.abs(said - was)).toBeLessThan(bound);
  });

  it('makes as many attempts of a call as it was said to', () => {
    const [said, was] = [simulated.attempts / simulated.calls, real.attempts / real.calls];
    const bound = farthest(FAILING + RESET, plain.calls, simulated.calls, real.calls);
    expect(Math.abs(said - was)).toBeLessThan(bound);
  });

  it('ends as a run would, and stores nothing', async () => {
    expect(ended.code).toBe(0);
    expect(simulation.kind).toBe('simulation');
    expect(simulation.steps[0]?.unknown).toBe(0);
    const runs = await callgauge(['runs', '--dir', workplace.storeDir]);
    expect(runs.out.match(/simulated-shop/gu)).toHaveLength(2);
    const { runId } = simulation.as;
    const itself = ['simulate', '--as', runId];
    const failed = await run(workplace.file('again.yaml', scenario('')), ...itself);
    expect(failed.code).toBe(99);
  });

  it('answers a scenario that another run was of with what is wrong', async () => {
    const text = scenario('').replace('step: order', 'step: pay').replace('order.', 'pay.');
    const refused = await run(workplace.file('other.yaml', text), 'simulate');
    expect(refused.code).toBe(110);
    expect(refused.err).toContain('step pay was not called in run');
  });
});
