import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOPS } from './shop-faults.ts';
import type { RunPlan, TimedIncident } from './plan-incidents.ts';
import { outputOf } from '../child-process.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const SHOP = join(import.meta.dirname, '../../examples/shop/main.ts');
const WARM_UP_MS = 5_000;
export const MEASURED_PHASE = 'steady';
/** The run is fine, whatever its numbers say of a generator on a busy machine. */
const FINE_CODES: readonly number[] = [0, 99, 121, 122];
const MS_PER_SEC = 1_000;
const START_AND_STOP_SEC = 600;

/** Where a run goes: the store's folder, and one for its scenario. */
export interface RunPlaces {
  readonly storeDir: string;
  readonly scratch: string;
}

/**
 * Runs the shop under callgauge's own load with the faults of a plan, every span kept; resolves
 * with the id of the run.
 * @throws Error where the run could not be carried out
 */
export async function runShop(
  plan: RunPlan,
  ratePerSec: number,
  { storeDir, scratch }: RunPlaces,
): Promise<string> {
  const file = join(scratch, `shop-${plan.number}.json`);
  writeFileSync(file, JSON.stringify(scenarioOf(plan, ratePerSec)));
  const boundSec = (plan.lengthMs + WARM_UP_MS) / MS_PER_SEC + START_AND_STOP_SEC;
  const argv = [process.execPath, MAIN, 'run', file, '--json', '--dir', storeDir];
  const output = await outputOf(argv, { boundSec, fineCodes: FINE_CODES });
  const report = JSON.parse(output) as { metadata: { runId: string } };
  return report.metadata.runId;
}

function scenarioOf(plan: RunPlan, ratePerSec: number): unknown {
  const arrivals = { process: 'poisson', rate: `${ratePerSec}/s` };
  const urls = HOPS.filter(({ caller }) => caller === 'orders').map(({ callee }) => [
    `${callee.toUpperCase()}_URL`,
    `\${proxies.${callee}.url}`,
  ]);
  const services = HOPS.map(({ callee }) => [
    callee,
    {
      command: ['node', SHOP, callee],
      ...(callee === 'orders' && { env: Object.fromEntries(urls) }),
    },
  ]);
  const proxies = HOPS.map(({ callee }) => [
    callee,
    { upstream: `\${services.${callee}.address}`, protocol: 'http' },
  ]);
  return {
    name: 'seeded incidents',
    seed: plan.seed,
    services: Object.fromEntries(services),
    proxies: Object.fromEntries(proxies),
    targets: { orders: { url: '${proxies.orders.url}', connections: 256 } },
    flows: {
      checkout: [
        {
          step: 'create-order',
          target: 'orders',
          timeout: '3s',
          http: {
            method: 'POST',
            path: '/api/orders',
            json: { userId: 'u-1', sku: 'A-1', quantity: 1 },
          },
        },
      ],
    },
    load: [
      { phase: 'warm-up', arrivals, for: `${WARM_UP_MS}ms`, measure: false },
      { phase: MEASURED_PHASE, arrivals, for: `${plan.lengthMs}ms` },
    ],
    faults: plan.incidents.flatMap(faultsOf),
    trace: { keep: { head: '100%' } },
  };
}

/** How long what comes before a fault works on the connections that are open. */
const BEFORE_MS = 150;

function faultsOf({ name, hop, fault, window }: TimedIncident): readonly unknown[] {
  if (fault === undefined) return [];
  const during = {
    phase: MEASURED_PHASE,
    from: `${window.fromMs}ms`,
    for: `${window.toMs - window.fromMs}ms`,
  };
  const { effect, before } = fault;
  if ('do' in effect) return [{ name, service: hop.callee, do: effect.do, during }];
  const main = { name, proxy: hop.callee, toxic: effect.toxic, during };
  if (before === undefined) return [main];
  const first = { ...during, for: `${BEFORE_MS}ms` };
  return [{ name: `${name}-before`, proxy: hop.callee, toxic: before, during: first }, main];
}
