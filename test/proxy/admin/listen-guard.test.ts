import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../src/core/index.ts';
import { AdminApi } from '../../../src/proxy/admin/admin-api.ts';
import { ListenGuard } from '../../../src/proxy/admin/listen-guard.ts';
import { ProxySet } from '../../../src/proxy/index.ts';

let proxies: ProxySet;
let api: AdminApi;

beforeEach(async () => {
  proxies = new ProxySet({ clock: new VirtualClock(), seed: 1 });
  api = new AdminApi(new ListenGuard(proxies));
});
afterEach(() => proxies.close());

const SPEC = { upstream: '127.0.0.1:1', protocol: 'tcp', callerFaults: false } as const;

async function ask(method: string, target: string, body?: object) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const answer = await api.answer({ method, target, userAgent: 'test', body: Buffer.from(text) });
  return { status: answer.status, text: answer.body };
}

const REFUSED = {
  status: 403,
  text: expect.stringMatching(
    /listen must be a loopback address, got .+; write 127\.0\.0\.1 or localhost, or start callgauge with --allow-remote-listen/u,
  ) as string,
};
const REMOTE = ['0.0.0.0:0', ':0', '[::]:0', '192.0.2.1:0', '[::ffff:192.0.2.1]:0'];

describe('a request to the admin API, without --allow-remote-listen', () => {
  it.each(REMOTE)('cannot have a proxy listen on %s', async (listen) => {
    await proxies.create({ ...SPEC, name: 'mine', listen: '127.0.0.1:0' });
    const before = await proxies.proxies();
    const proxy = { name: 'a', listen, upstream: 'b:1' };
    expect(await ask('POST', '/proxies', proxy)).toEqual(REFUSED);
    expect(await ask('POST', '/proxies', { ...proxy, enabled: false })).toEqual(REFUSED);
    expect(await ask('POST', '/populate', [proxy])).toEqual(REFUSED);
    expect(await ask('POST', '/proxies/mine', { listen })).toEqual(REFUSED);
    expect(await ask('PATCH', '/proxies/mine', { listen, enabled: false })).toEqual(REFUSED);
    expect(await proxies.proxies()).toEqual(before);
  });

  it.each(['127.0.0.1:0', 'localhost:0', '127.0.0.2:0'])('can on %s', async (listen) => {
    const answer = await ask('POST', '/proxies', { name: 'a', listen, upstream: 'b:1' });
    expect(answer.status).toBe(201);
    expect((await ask('POST', '/proxies/a', { listen, enabled: true })).status).toBe(200);
    expect((await ask('POST', '/reset')).status).toBe(204);
  });

  it('gets a free port of loopback where it says no address', async () => {
    const answer = await ask('POST', '/proxies', { name: 'a', upstream: 'b:1' });
    expect(answer.text).toMatch(/"listen":"127\.0\.0\.1:[1-9]\d*"/u);
  });

  it('can go on with an address that the user asked for', async () => {
    const { listen } = await proxies.create({ ...SPEC, name: 'mine', listen: '0.0.0.0:0' });
    expect((await ask('POST', '/proxies/mine', { enabled: false })).status).toBe(200);
    expect((await ask('POST', '/proxies/mine', { enabled: true })).status).toBe(200);
    const list = [{ name: 'mine', listen, upstream: 'c:3' }];
    expect((await ask('POST', '/populate', list)).status).toBe(201);
    expect((await ask('DELETE', '/proxies/mine')).status).toBe(204);
    expect((await ask('POST', '/proxies', { ...list[0], name: 'again' })).status).toBe(201);
    expect(await ask('POST', '/proxies', { ...list[0], name: 'b', listen: '0.0.0.0:0' })).toEqual(
      REFUSED,
    );
  });

  it('hears of an address that makes no sense from who would listen there', async () => {
    const proxy = { name: 'a', listen: 'nohost.invalid:9', upstream: 'b:1' };
    expect(await ask('POST', '/proxies', proxy)).toMatchObject({ status: 500 });
  });
});
