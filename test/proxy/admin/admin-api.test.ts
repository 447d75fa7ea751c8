import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../src/core/index.ts';
import { AdminApi } from '../../../src/proxy/admin/admin-api.ts';
import { ProxySet } from '../../../src/proxy/index.ts';

/** An API over proxies that do not listen, and how it is asked. */
function newApi(): {
  readonly control: ProxySet;
  readonly ask: (
    method: string,
    target: string,
    body?: unknown,
    userAgent?: string,
  ) => Promise<[number, unknown]>;
} {
  const control = new ProxySet({ clock: new VirtualClock(), seed: 1 });
  const api = new AdminApi(control);
  return {
    control,
    ask: async (method, target, body, userAgent = 'test') => {
      const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
      const answer = await api.answer({ method, target, userAgent, body: Buffer.from(text) });
      return [answer.status, answer.body === '' ? '' : parsed(answer.body)];
    },
  };
}

function parsed(text: string): unknown {
  return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
}

const WEB = {
  name: 'web',
  listen: '127.0.0.1:0',
  upstream: '127.0.0.1:1',
  enabled: false,
  protocol: 'http',
};

describe('AdminApi', () => {
  it('has no route for touches where they are not told, as a Toxiproxy has none', async () => {
    const { ask } = newApi();
    expect(await ask('GET', '/callgauge/touches')).toEqual(await ask('GET', '/callgauge/other'));
    expect((await ask('GET', '/callgauge/touches'))[0]).toBe(404);
  });

  it('makes a proxy and its toxics in one request, or neither', async () => {
    const { ask } = newApi();
    const toxics = [
      { type: 'latency', attributes: { latency: 250 } },
      { type: 'stall', name: 'frozen', stream: 'upstream' },
    ];
    const [status, made] = await ask('POST', '/proxies', { ...WEB, toxics });
    expect(status).toBe(201);
    expect(made).toMatchObject({
      protocol: 'http',
      toxics: [{ name: 'frozen' }, { name: 'latency_downstream', attributes: { latency: 250 } }],
    });
    const twice = [...toxics, { type: 'latency' }];
    expect(await ask('POST', '/proxies', { ...WEB, name: 'other', toxics: twice })).toEqual([
      409,
      { error: 'toxic already exists', status: 409 },
    ]);
    expect((await ask('GET', '/proxies/other'))[0]).toBe(404);
  });

  it('takes and shows triggers, ramps and matches', async () => {
    const { ask } = newApi();
    await ask('POST', '/proxies', { ...WEB, callerFaults: true });
    const asked = {
      type: 'http_abort',
      attributes: { status: 429, content_type: 'text/html' },
      trigger: { first: 2, every: 3, after: 1, window: { from: 0, for: 5000 } },
      ramp: 1500,
      match: {
        methods: ['post'],
        path: '/pay/*',
        headers: { 'X-User': '7*' },
        trace: 'A'.repeat(32),
        baggage: { Tenant: 'blue' },
      },
    };
    const [status, toxic] = await ask('POST', '/proxies/web/toxics', asked);
    expect(status).toBe(200);
    expect(toxic).toMatchObject({
      attributes: { status: 429, content_type: 'text/html', body: '', headers: {} },
      trigger: asked.trigger,
      ramp: 1500,
      match: {
        methods: ['POST'],
        path: '/pay/*',
        headers: { 'x-user': '7*' },
        trace: 'a'.repeat(32),
        baggage: { Tenant: 'blue' },
      },
    });
    const shown = await ask('GET', '/proxies/web/toxics/http_abort_downstream');
    expect(shown).toEqual([200, toxic]);
    expect((await ask('GET', '/proxies/web'))[1]).toMatchObject({ callerFaults: true });
  });

  it('takes a delay from a distribution', async () => {
    const { ask } = newApi();
    await ask('POST', '/proxies', WEB);
    const delay = { distribution: 'lognormal', median: 20, sigma: 0.5 };
    const [status, toxic] = await ask('POST', '/proxies/web/toxics', {
      type: 'delay',
      attributes: { delay },
    });
    expect(status).toBe(200);
    expect(toxic).toMatchObject({ attributes: { delay } });
  });

  it.each([
    [{ type: 'http_abort', attributes: { status: 42 } }, 'attributes.status: got 42'],
    [{ type: 'http_abort', attributes: { statsu: 500 } }, 'attributes.statsu'],
    [{ type: 'http_abort', attributes: 5 }, 'attributes must be an object, got 5'],
    [
      { type: 'latency', trigger: { first: 0 } },
      'trigger.first must be a whole number, 1 or more, got 0',
    ],
    [{ type: 'latency', trigger: { frist: 1 } }, 'trigger has no "frist", did you mean "first"?'],
    [
      { type: 'latency', trigger: { window: { from: 5 } } },
      'trigger.window.for must be a number of ms',
    ],
    [
      '{"type":"latency","trigger":{"window":{"from":1e999,"for":1}}}',
      'trigger.window.from must be a number of ms, 0 or more, got Infinity',
    ],
    [{ type: 'latency', trigger: 'x' }, 'trigger must be an object, got "x"'],
    [{ type: 'latency', ramp: -1 }, 'ramp must be a number of ms over 0, got -1'],
    [{ type: 'latency', match: { path: '/' } }, 'match is for toxics that work on HTTP requests'],
    [{ type: 'http_reset', match: { trace: 'abc' } }, 'match.trace must be a trace id'],
    [{ type: 'http_reset', match: { methods: [] } }, 'match.methods must be a list of methods'],
    [{ type: 'http_reset', match: { headers: { a: 1 } } }, 'match.headers.a must be a string'],
  ])('refuses %j', async (toxic, message) => {
    const { ask } = newApi();
    await ask('POST', '/proxies', WEB);
    const [status, answer] = await ask('POST', '/proxies/web/toxics', toxic);
    expect([status, (answer as { error: string }).error]).toEqual([
      400,
      expect.stringContaining(message),
    ]);
    expect(await ask('GET', '/proxies/web/toxics')).toEqual([200, []]);
  });

  it.each([
    [{ protocol: 'udp' }, 'protocol must be "tcp" or "http", got "udp"'],
    [{ protocol: 'tcp', callerFaults: true }, 'callerFaults needs protocol "http"'],
    [{ toxics: 5 }, 'toxics must be a list, got 5'],
  ])('refuses a proxy with %j', async (fields, message) => {
    const { ask } = newApi();
    const [status, answer] = await ask('POST', '/proxies', { ...WEB, ...fields });
    expect([status, (answer as { error: string }).error]).toEqual([
      400,
      expect.stringContaining(message),
    ]);
  });

  it('refuses a toxic on requests where the proxy reads none', async () => {
    const { ask } = newApi();
    await ask('POST', '/proxies', { ...WEB, protocol: 'tcp' });
    expect((await ask('POST', '/proxies/web/toxics', { type: 'http_reset' }))[0]).toBe(400);
  });

  it('refuses browsers', async () => {
    const { ask, control } = newApi();
    const asked = await ask('POST', '/proxies', WEB, 'Mozilla/5.0 (X11)');
    expect(asked).toEqual([403, 'User agent not allowed\n']);
    expect(await control.proxies()).toEqual([]);
  });

  it('carries out one request after the other, as they came', async () => {
    const { ask } = newApi();
    await ask('POST', '/proxies', WEB);
    await ask('POST', '/proxies/web/toxics', { name: 'l', type: 'latency' });
    const at = '/proxies/web/toxics/l';
    await Promise.all([
      ask('PATCH', at, { attributes: { latency: 5 } }),
      ask('PATCH', at, { attributes: { jitter: 3 } }),
      ask('PATCH', at, { toxicity: 0.5 }),
    ]);
    expect((await ask('GET', at))[1]).toMatchObject({
      attributes: { latency: 5, jitter: 3 },
      toxicity: 0.5,
    });
  });

  it('lets no key reach a prototype', async () => {
    const { ask } = newApi();
    const body = '{"name":"__proto__","upstream":"a:1","enabled":false,"__proto__":{"polluted":1}}';
    expect((await ask('POST', '/proxies', body))[0]).toBe(201);
    const toxic = '{"type":"http_headers","attributes":{"__proto__":{"polluted":1}}}';
    expect((await ask('POST', '/proxies/__proto__/toxics', toxic))[0]).toBe(400);
    expect('polluted' in {}).toBe(false);
  });

  it.each(['attributes', 'trigger', 'ramp', 'match', 'type', 'toxicity', 'stream', 'other'])(
    'answers a body that nests as deep as it can in %s',
    async (field) => {
      const { ask } = newApi();
      await ask('POST', '/proxies', WEB);
      const deep = (opening: string, closing: string): string =>
        `{"type":"http_headers","${field}":${opening.repeat(100_000)}1${closing.repeat(100_000)}}`;
      const wanted = field === 'other' ? 200 : 400;
      for (const text of [deep('[', ']'), deep('{"delay":', '}')]) {
        expect((await ask('POST', '/proxies/web/toxics', text))[0]).toBe(wanted);
        await ask('DELETE', '/proxies/web/toxics/http_headers_downstream');
      }
    },
  );

  it('answers when the proxies to begin with stand, also where they cannot', async () => {
    const begun = Promise.withResolvers<void>();
    const control = new ProxySet({ clock: new VirtualClock(), seed: 1 });
    const api = new AdminApi(control, { after: begun.promise });
    const request = { method: 'GET', target: '/version', userAgent: '', body: Buffer.alloc(0) };
    let answered = false;
    const answer = api.answer(request).finally(() => (answered = true));
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    begun.reject(new Error('one of them cannot listen'));
    expect((await answer).status).toBe(200);
  });

  it('refuses to make another kind of a proxy that is there, and takes the same', async () => {
    const { ask } = newApi();
    await ask('POST', '/proxies', WEB);
    expect((await ask('POST', '/proxies/web', { protocol: 'http' }))[0]).toBe(200);
    expect(await ask('POST', '/proxies/web', { callerFaults: true, enabled: false })).toEqual([
      400,
      expect.objectContaining({ error: expect.stringContaining('callerFaults cannot change') }),
    ]);
    const long = { type: 'latency', name: 'n'.repeat(256) };
    expect((await ask('POST', '/proxies/web/toxics', long))[0]).toBe(400);
  });
});
