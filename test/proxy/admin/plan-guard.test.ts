import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../src/core/index.ts';
import type { Toxic } from '../../../src/toxics/index.ts';
import { PlanGuard, ProxySet } from '../../../src/proxy/index.ts';

function noop(name: string): Toxic {
  return { name, type: 'noop', stream: 'downstream', toxicity: 1, settings: {} };
}

describe('PlanGuard', () => {
  const spec = {
    name: 'pay',
    listen: '127.0.0.1:0',
    upstream: 'a:1',
    callerFaults: false,
  } as const;
  let proxies: ProxySet;
  let guard: PlanGuard;

  beforeEach(async () => {
    proxies = new ProxySet({ clock: new VirtualClock(), seed: 1 });
    guard = new PlanGuard(proxies, { proxies: ['pay'], faults: [{ proxy: 'pay', name: 'stall' }] });
    await proxies.create({ ...spec, protocol: 'tcp' }, { enabled: false });
    await proxies.addToxic('pay', noop('stall'));
  });

  it('refuses what would take from the plan what it needs', async () => {
    const owned = { code: 'PLAN_OWNED' };
    await expect(guard.remove('pay')).rejects.toMatchObject(owned);
    await expect(guard.update('pay', { listen: '127.0.0.1:9' })).rejects.toMatchObject(owned);
    await expect(guard.addToxic('pay', noop('stall'))).rejects.toMatchObject(owned);
    await expect(guard.updateToxic('pay', 'stall', { toxicity: 0 })).rejects.toMatchObject(owned);
    await expect(guard.removeToxic('pay', 'stall')).rejects.toMatchObject(owned);
    await guard.close();
    expect((await proxies.proxy('pay')).toxics).toHaveLength(1);
  });

  it('lets everything else through', async () => {
    await guard.addToxic('pay', noop('mine'));
    const changed = await guard.update('pay', { listen: '127.0.0.1:0', upstream: 'b:2' });
    expect(changed.upstream).toBe('b:2');
    await guard.create({ ...spec, name: 'other', protocol: 'tcp' }, { enabled: false });
    await guard.addToxic('other', noop('stall'));
    await guard.remove('other');
    await guard.removeToxic('pay', 'mine');
    expect((await guard.proxies()).map(({ name }) => name)).toEqual(['pay']);
  });

  it('takes an address written otherwise for the same', async () => {
    await guard.update('pay', { enabled: true });
    const { listen } = await guard.proxy('pay');
    const written = listen.replace('127.0.0.1', 'localhost');
    expect((await guard.update('pay', { listen: written })).listen).toBe(listen);
    const elsewhere = guard.update('pay', { listen: listen.replace('127.0.0.1', '127.0.0.2') });
    await expect(elsewhere).rejects.toMatchObject({ code: 'PLAN_OWNED' });
    await proxies.close();
  });

  it('leaves the toxics of the plan on when it resets', async () => {
    await guard.addToxic('pay', noop('mine'));
    await guard.reset();
    const { toxics, enabled } = await guard.proxy('pay');
    expect([toxics.map(({ name }) => name), enabled]).toEqual([['stall'], true]);
    await proxies.close();
  });
});
