import { describe, expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../src/core/index.ts';
import { placeOf, planFaults, runFaultPlan, type FaultSpec } from '../../src/faults/index.ts';

const ORIGIN_MS = 1_790_000_000_000;

interface Options {
  readonly failAt?: string;
  /** Orders that are not done before this resolves. */
  readonly slow?: { readonly order: string; readonly done: Promise<void> };
}

/** A hand that takes each order 2 ms of virtual time after it was given. */
function setUp(faults: readonly FaultSpec[], { failAt, slow }: Options = {}) {
  const clock = new VirtualClock(ORIGIN_MS);
  const orders: string[] = [];
  const failures: unknown[] = [];
  const take = async (order: string) => {
    if (order === failAt) throw new Error('the proxies stopped');
    if (order === slow?.order) await slow.done;
    orders.push(order);
    return { atEpochMs: ORIGIN_MS + clock.nowNs() / NS_PER_MS + 2 };
  };
  const hand = {
    begin: (fault: FaultSpec) => take(`begin ${placeOf(fault).place} ${fault.name}`),
    end: async (fault: FaultSpec) => ({
      ...(await take(`end ${placeOf(fault).place} ${fault.name}`)),
      ...(fault.process && { attributes: { startUpNs: '7' } }),
    }),
    runOver: () => void orders.push('run over'),
  };
  const plan = planFaults(faults, [{ name: 'steady', fromNs: 0, toNs: 1_000 * NS_PER_MS }]);
  const skipped: string[] = [];
  const running = runFaultPlan(plan, hand, clock, {
    failed: (error) => failures.push(error),
    skipped: ({ name }) => skipped.push(name),
  });
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms * NS_PER_MS);
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return { running, orders, failures, skipped, advance };
}

function during(fromMs: number, forMs: number) {
  return { phase: 'steady', fromNs: fromMs * NS_PER_MS, durationNs: forMs * NS_PER_MS };
}

function stall(name: string, fromMs: number, forMs: number): FaultSpec {
  return { ...lasting(name), during: during(fromMs, forMs) };
}

function lasting(name: string): FaultSpec & { readonly proxy: string } {
  const settings = { latencyNs: 250 * NS_PER_MS, jitterNs: 0 };
  const toxic = { type: 'latency', stream: 'downstream', toxicity: 1, settings } as const;
  return { name, proxy: 'payment', toxic };
}

function killed(name: string, fromMs: number, forMs: number): FaultSpec {
  const does = { kind: 'kill', signal: 'SIGKILL' } as const;
  return { name, process: { service: 'orders' }, does, during: during(fromMs, forMs) };
}

describe('runFaultPlan', () => {
  it('notes when each fault really began and ended', async () => {
    const { running, orders, advance } = setUp([stall('stall', 10, 20)]);
    await advance(10);
    expect(running.windows()).toMatchObject([{ fault: 'stall', toNs: Infinity }]);
    await advance(20);
    expect(orders).toEqual(['begin payment stall', 'end payment stall']);
    expect(await running.stop()).toEqual([
      {
        fault: 'stall',
        placeKind: 'proxy',
        place: 'payment',
        effect: 'latency',
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

  it('tells of a process what was done to it, and what its end added', async () => {
    const { running, advance } = setUp([killed('crash', 10, 20)]);
    await advance(10);
    await advance(20);
    expect(running.windows()).toMatchObject([
      {
        fault: 'crash',
        placeKind: 'service',
        place: 'orders',
        effect: 'kill',
        attributes: { signal: 'SIGKILL', startUpNs: '7' },
      },
    ]);
  });

  it('ends what is still active when it is stopped, and begins nothing after', async () => {
    const { running, orders, advance } = setUp([stall('early', 10, 500), stall('late', 100, 20)]);
    await advance(50);
    const windows = await running.stop();
    await advance(1_000);
    expect(orders).toEqual(['begin payment early', 'run over', 'end payment early']);
    expect(windows).toMatchObject([{ fault: 'early', toNs: 52 * NS_PER_MS }]);
  });

  it('keeps a fault without a time on from before the start until it is stopped', async () => {
    const { running, orders, advance } = setUp([lasting('wan')]);
    await running.begun;
    expect(orders).toEqual(['begin payment wan']);
    await advance(900);
    expect(await running.stop()).toMatchObject([
      { fault: 'wan', fromNs: 2 * NS_PER_MS, toNs: 902 * NS_PER_MS, attributes: { during: 'run' } },
    ]);
  });

  it('comes again as a window of its own for as often as it is planned', async () => {
    const again = { ...lasting('blip'), during: { ...during(10, 5), everyNs: 20 * NS_PER_MS } };
    const { running, advance } = setUp([again]);
    for (let ms = 0; ms < 60; ms++) await advance(1);
    expect(running.windows().map(({ fault, fromNs }) => [fault, fromNs / NS_PER_MS])).toEqual([
      ['blip', 12],
      ['blip', 32],
      ['blip', 52],
    ]);
  });

  it('lets no place wait for another', async () => {
    const ready = Promise.withResolvers<void>();
    const slow = { order: 'end orders crash', done: ready.promise };
    const { running, orders, advance } = setUp([killed('crash', 10, 10), stall('stall', 30, 10)], {
      slow,
    });
    for (let ms = 0; ms < 60; ms++) await advance(1);
    expect(orders).toEqual(['begin orders crash', 'begin payment stall', 'end payment stall']);
    ready.resolve();
    expect(await running.stop()).toHaveLength(2);
  });

  it('tells the hand that the run is over before it ends what was killed', async () => {
    const { running, orders, advance } = setUp([killed('crash', 10, 500)]);
    await advance(20);
    expect(await running.stop()).toMatchObject([{ fault: 'crash', toNs: 22 * NS_PER_MS }]);
    expect(orders).toEqual(['begin orders crash', 'run over', 'end orders crash']);
  });

  it('leaves out a window that is over before its place is free, and says so', async () => {
    const ready = Promise.withResolvers<void>();
    const slow = { order: 'end orders first', done: ready.promise };
    const faults = [killed('first', 10, 10), killed('second', 30, 10), killed('third', 70, 30)];
    const { running, orders, skipped, advance } = setUp(faults, { slow });
    for (let ms = 0; ms < 80; ms++) await advance(1);
    ready.resolve();
    await advance(1);
    expect(skipped).toEqual(['second']);
    expect(orders).toEqual(['begin orders first', 'end orders first', 'begin orders third']);
    expect((await running.stop()).map(({ fault }) => fault)).toEqual(['first', 'third']);
  });

  it('tells of an action that failed and goes no further', async () => {
    const faults = [stall('a', 10, 20), stall('b', 40, 20)];
    const { running, orders, failures, advance } = setUp(faults, { failAt: 'begin payment a' });
    await advance(10);
    await advance(100);
    expect(failures).toHaveLength(1);
    expect(orders).toEqual([]);
    expect(await running.stop()).toEqual([]);
  });

  it('tries to end all that is active before it says that one could not be', async () => {
    const faults = [stall('a', 10, 500), killed('crash', 10, 500)];
    const { running, orders, advance } = setUp(faults, { failAt: 'end payment a' });
    await advance(20);
    await expect(running.stop()).rejects.toThrow('the proxies stopped');
    expect(orders).toContain('end orders crash');
    const ends = running.windows().map(({ fault, toNs }) => [fault, toNs] as const);
    expect(new Map(ends)).toEqual(
      new Map([
        ['a', Infinity],
        ['crash', 22 * NS_PER_MS],
      ]),
    );
  });
});
