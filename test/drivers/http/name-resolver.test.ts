import { describe, expect, it } from 'vitest';
import { NS_PER_SEC, VirtualClock } from '../../../src/core/index.ts';
import { type LookupAll, NameResolver } from '../../../src/drivers/http/name-resolver.ts';
import type { DnsSpec } from '../../../src/scenario/index.ts';

const TTL_NS = 30 * NS_PER_SEC;
const ALL: DnsSpec = { ttlNs: TTL_NS, addresses: 'all', family: 'any' };

describe('NameResolver', () => {
  it('spreads connections evenly over all addresses, with the others behind', async () => {
    const { resolver, asked } = resolverOf(['10.0.0.2', '10.0.0.3', '10.0.0.1']);
    const firsts = new Map<string, number>();
    for (let i = 0; i < 300; i++) {
      const { addresses } = await resolver.next('orders');
      expect(addresses).toHaveLength(3);
      const first = addresses[0]?.address ?? '';
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    expect([...firsts.values()]).toEqual([100, 100, 100]);
    expect(asked()).toBe(1);
  });

  it('first: takes the resolver by its order', async () => {
    const { resolver } = resolverOf(['10.0.0.2', '10.0.0.1'], { ...ALL, addresses: 'first' });
    for (let i = 0; i < 3; i++) {
      const { addresses } = await resolver.next('orders');
      expect(addresses.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.1']);
    }
  });

  it('follows a change after the ttl, and not before', async () => {
    const { resolver, clock, answer } = resolverOf(['10.0.0.1']);
    const first = async (): Promise<unknown> =>
      (await resolver.next('orders')).addresses[0]?.address;
    expect(await first()).toBe('10.0.0.1');
    answer(['10.0.0.9']);
    clock.advance(TTL_NS - 1);
    expect(await first()).toBe('10.0.0.1');
    clock.advance(1);
    expect(await first()).toBe('10.0.0.9');
  });

  it('keeps the last known where a look-up fails, says so, and asks again after a second', async () => {
    const { resolver, clock, answer, asked } = resolverOf(['10.0.0.1']);
    expect((await resolver.next('orders')).stale).toBe(false);
    answer(new Error('SERVFAIL'));
    clock.advance(TTL_NS);
    for (let i = 0; i < 5; i++) {
      const { addresses, stale } = await resolver.next('orders');
      expect([addresses[0]?.address, stale]).toEqual(['10.0.0.1', true]);
    }
    expect(asked()).toBe(2);
    answer(['10.0.0.2']);
    clock.advance(NS_PER_SEC);
    const { addresses, stale } = await resolver.next('orders');
    expect([addresses[0]?.address, stale]).toEqual(['10.0.0.2', false]);
  });

  it('does not wait for a slow name server while it knows addresses', async () => {
    const { resolver, clock, answer } = resolverOf(['10.0.0.1']);
    await resolver.next('orders');
    answer('never');
    clock.advance(TTL_NS);
    const next = resolver.next('orders');
    await Promise.resolve();
    clock.advance(NS_PER_SEC);
    expect((await next).stale).toBe(true);
  });

  it('fails with the reason where nothing was ever known, and asks anew for the next', async () => {
    const { resolver, answer } = resolverOf(new Error('ENOTFOUND'));
    await expect(resolver.next('orders')).rejects.toThrow('ENOTFOUND');
    answer([]);
    await expect(resolver.next('orders')).rejects.toThrow('no address');
    answer(['10.0.0.1']);
    expect((await resolver.next('orders')).addresses).toHaveLength(1);
  });

  it('asks once for connections that are dialled together', async () => {
    const { resolver, asked } = resolverOf(['10.0.0.1', '10.0.0.2']);
    const all = await Promise.all(Array.from({ length: 8 }, () => resolver.next('orders')));
    expect(asked()).toBe(1);
    expect(all.filter(({ addresses }) => addresses[0]?.address === '10.0.0.1')).toHaveLength(4);
  });
});

type Answer = readonly string[] | Error | 'never';

function resolverOf(first: Answer, spec = ALL) {
  let [current, calls] = [first, 0];
  const lookup: LookupAll = async () => {
    calls++;
    if (current === 'never') return await new Promise(() => undefined);
    if (current instanceof Error) throw current;
    return current.map((address) => ({ address, family: 4 }));
  };
  const clock = new VirtualClock();
  return {
    clock,
    resolver: new NameResolver(spec, clock, lookup),
    asked: () => calls,
    answer: (next: Answer) => {
      current = next;
    },
  };
}
