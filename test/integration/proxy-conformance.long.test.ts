import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  startProxyAdmin,
  startProxyHost,
  type ProxyAdmin,
  type ProxyHost,
} from '../../src/proxy/index.ts';
import { send } from './admin-request.ts';
import { DIFFERENCES } from './proxy-conformance-differences.ts';
import { conformanceSteps } from './proxy-conformance-steps.ts';
import {
  TOXIPROXY_CLI,
  TOXIPROXY_SERVER,
  toxiproxyCli,
  ToxiproxyServer,
} from './toxiproxy-parts.ts';

const REFERENCE = new URL('../../docs/reference/proxy.md', import.meta.url);

it('has one row in the documentation for every difference of the API, and no other', () => {
  const rows = readFileSync(REFERENCE, 'utf8').matchAll(/^\| API \| ([^|]+) \|/gmu);
  const titles = DIFFERENCES.map(({ title }) => title);
  expect([...rows].map((row) => row[1]?.trim() ?? '').sort()).toEqual(
    [...OTHERS, ...titles].sort(),
  );
});

/**
 * The first is in every proxy that the official server shows; the second hangs on how it was built,
 * the third on how its machine resolves names. open-ports.test.ts and listen-guard.test.ts have the
 * next two, proxy-touches.test.ts the last.
 */
const OTHERS = [
  '`Logger` in every proxy',
  '`GET /version`',
  'a host that nobody knows',
  'a request of a web page, or under an unknown `Host`',
  '`listen` beyond loopback, or empty',
  '`GET /callgauge/touches`',
];

const server = TOXIPROXY_SERVER;
if (server === undefined) {
  it.skip('answers like the official server', () => undefined);
} else {
  describe('beside the official server', () => {
    let official: ToxiproxyServer;
    let host: ProxyHost;
    let admin: ProxyAdmin;
    const taken: Server = createServer();

    beforeAll(async () => {
      taken.listen(0, '127.0.0.1');
      await once(taken, 'listening');
      official = await ToxiproxyServer.start(server);
      host = await startProxyHost({
        proxies: [],
        seed: 1,
        onFailure: (error) => expect.fail(error.message),
      });
      admin = await startProxyAdmin({
        control: host,
        listen: { host: '127.0.0.1', port: 0 },
        allowRemoteListen: true,
      });
    });

    afterAll(async () => {
      await admin.close();
      await host.close();
      await official.stop();
      taken.close();
    });

    it('answers a long sequence of requests alike, to the byte but for the reason of a bad body', async () => {
      const steps = conformanceSteps((taken.address() as AddressInfo).port);
      expect(steps.length).toBeGreaterThan(500);
      let shown = 0;
      for (const step of steps) {
        const theirs = await send(official.url, step);
        const ours = await send(admin.url, step);
        if (theirs.body.includes(OFFICIAL_LOGGER)) shown += 1;
        expect(ours.body, 'a proxy without Logger').not.toContain(OFFICIAL_LOGGER);
        expect(withoutReason(ours), JSON.stringify(step)).toEqual(withoutReason(theirs));
      }
      expect(shown).toBeGreaterThan(20);
    });

    it.each(DIFFERENCES)('differs as documented: $title', async (difference) => {
      for (const step of difference.before ?? []) {
        const theirs = await send(official.url, step);
        expect(withoutReason(await send(admin.url, step))).toEqual(withoutReason(theirs));
      }
      const theirs = compared(await send(official.url, difference.step));
      const ours = compared(await send(admin.url, difference.step));
      expect(ours).not.toEqual(theirs);
      expect(`${theirs.status} ${theirs.body.trimEnd()}`).toContain(difference.official);
      expect(`${ours.status} ${ours.body.trimEnd()}`).toContain(difference.ours);
      for (const step of difference.after ?? []) {
        await send(official.url, step);
        await send(admin.url, step);
      }
    });

    it('says its version in the same form', async () => {
      const step = { method: 'GET', path: '/version' };
      const theirs = await send(official.url, step);
      expect(theirs.body).toMatch(/^\{"version": "[^"]+"\}\n$/u);
      expect(await send(admin.url, step)).toEqual({
        ...theirs,
        body: '{"version": "2.12.0"}\n',
      });
    });

    const cli = TOXIPROXY_CLI;
    if (cli === undefined) {
      it.skip('serves the official command line alike', () => undefined);
    } else {
      it('serves the official command line alike', async () => {
        for (const url of [official.url, admin.url]) {
          const proxies = JSON.parse(
            (await send(url, { method: 'GET', path: '/proxies' })).body,
          ) as object;
          for (const name of Object.keys(proxies)) {
            await send(url, { method: 'DELETE', path: `/proxies/${encodeURIComponent(name)}` });
          }
        }
        for (const line of CLI_LINES) {
          const theirs = withoutPorts(await toxiproxyCli(cli, official.url, line.split(' ')));
          const ours = withoutPorts(await toxiproxyCli(cli, admin.url, line.split(' ')));
          expect(ours, line).toBe(theirs);
        }
      });
    }
  });
}

const OFFICIAL_LOGGER = '"Logger":{},';
/** The name server that knew no such host. */
const ASKED_SERVER = /(lookup [^ ]+) on [^ ]+(?=: no such host)/u;

const CLI_LINES = [
  'list',
  'create -l 127.0.0.1:0 -u 127.0.0.1:1 one',
  'create -l 127.0.0.1:0 -u 127.0.0.1:1 one',
  'list',
  'inspect one',
  'inspect none',
  'toxic add -t latency -a latency=100 -a jitter=5 one',
  'toxic add -t latency -a latency=100 one',
  'toxic add -t bandwidth -n slow -u --toxicity 0.5 -a rate=10 one',
  'toxic add -t nosuch one',
  'inspect one',
  'toxic update -n slow -a rate=20 one',
  'toxic update -n slow --toxicity 0.25 -a rate=20 one',
  'toxic update -n none -a rate=20 one',
  'inspect one',
  'toxic delete -n slow one',
  'toxic delete -n slow one',
  'toggle one',
  'list',
  'inspect one',
  'toggle one',
  'list',
  'delete one',
  'delete one',
  'list',
];

/** What of an answer is the same for both: the ports that the system chose are not. */
function compared(answer: Awaited<ReturnType<typeof send>>): typeof answer {
  return {
    ...answer,
    body: withoutPorts(answer.body).replaceAll(OFFICIAL_LOGGER, '').replace(ASKED_SERVER, '$1'),
  };
}

/** Why a body cannot be taken is said in Go's words there, and in our own here. */
function withoutReason(answer: Awaited<ReturnType<typeof send>>): typeof answer {
  const { body, ...rest } = compared(answer);
  return { ...rest, body: body.replace(/("error":"bad request body: )(?:[^"\\]|\\.)+"/u, '$1*"') };
}

function withoutPorts(text: string): string {
  return text.replaceAll(/(127\.0\.0\.1|\[::1?\]|0\.0\.0\.0):\d+/gu, '$1:*');
}
