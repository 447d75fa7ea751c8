import { describe, expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../src/core/index.ts';
import { planFaults } from '../../src/faults/index.ts';
import { runFaultPlan } from '../../src/proxy/index.ts';
import type { FaultSpec } from '../../src/scenario/index.ts';

const ORIGIN_MS = 1_790_000_000_000;

/** A host that takes each order 2 ms of virtual time after it was given. */
function setUp(faults: readonly FaultSpec[], failAt?: string) {
  const clock = new VirtualClock(ORIGIN_MS);
  const orders: string[] = [];
  const failures: unknown[] = [];
  const take = async (order: string) => {
    if (order === failAt) throw new Error('the proxies stopped');
    orders.push(order);
    return { atEpochMs: ORIGIN_MS + clock.nowNs() / NS_PER_MS + 2 };
  };
  const host = {
    addToxic: (proxy: string, name: string) => take(`add ${proxy} ${name}`),
    removeToxic: (proxy: string, name: string) => take(`remove ${proxy} ${name}`),
  };
  const plan = planFaults(faults, [{ name: 'steady', fromNs: 0 }]);
  const running = runFaultPlan(plan, host, clock, (error) => failures.push(error));
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms * NS_PER_MS);
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return { running, orders, failures, advance };
}

function stall(name: string, fromMs: number, forMs: number): FaultSpec {
  return {
    name,
    proxy: 'payment',
    toxic: {
      type: 'latency',
      stream: 'downstream',
      toxicity: 1,
      latencyNs: 250 * NS_PER_MS,
      jitterNs: 0,
    },
    during: { phase: 'steady', fromNs: fromMs * NS_PER_MS, durationNs: forMs * NS_PER_MS },
  };
}

describe('runFaultPlan', () => {
  it('notes when each fault really began and ended', async () => {
    const { running, orders, advance } = setUp([stall('stall', 10, 20)]);
    await advance(10);
    expect(running.windows()).toMatchObject([{ fault: 'stall', toNs: Infinity }]);
    await advance(20);
    expect(orders).toEqual(['add payment stall', 'remove payment stall']);
    expect(await running.stop()).toEqual([
      {
        fault: 'stall',
        proxy: 'payment',
        toxic: 'latency',
        attributes: {
          stream: 'downstream',
          toxicity: '1',
          latencyNs: '250000000',
          jitterNs: '0',
        },
        fromNs: 12 * NS_PER_MS,
        toNs: 32 * NS_PER_MS,
      },
    ]);
  });

  it('takes off what is still on when it is stopped, and begins nothing after', async () => {
    const { running, orders, advance } = setUp([stall('early', 10, 500), stall('late', 100, 20)]);
    await advance(50);
    const windows = await running.stop();
    await advance(1_000);
    expect(orders).toEqual(['add payment early', 'remove payment early']);
    expect(windows).toMatchObject([{ fault: 'early', toNs: 52 * NS_PER_MS }]);
  });

  it('tells of an action that failed and goes no further', async () => {
    const faults = [stall('a', 10, 20), stall('b', 40, 20)];
    const { running, orders, failures, advance } = setUp(faults, 'add payment a');
    await advance(10);
    await advance(100);
    expect(failures).toHaveLength(1);
    expect(orders).toEqual([]);
    expect(await running.stop()).toEqual([]);
  });
});
