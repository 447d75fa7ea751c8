import { hasProgram, startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { startOptions, type ProxyUnderTest } from './proxy-under-test.ts';
import { untilAccepting } from '../servers/until-accepting.ts';

const SERVER = process.env['CALLGAUGE_TOXIPROXY_SERVER'] ?? 'toxiproxy-server';

/** The official server. */
export const toxiproxy: ProxyUnderTest = {
  name: 'toxiproxy',
  missing: () =>
    hasProgram(SERVER)
      ? undefined
      : 'toxiproxy-server is not on the PATH, nor in CALLGAUGE_TOXIPROXY_SERVER',
  hasToxics: true,
  start: async (upstreamPort, _scratch, way = {}) => {
    const [adminPort, port] = [await freePort(), await freePort()];
    const argv = [SERVER, '-host', '127.0.0.1', '-port', String(adminPort)];
    const child = startProcess(argv, startOptions(way));
    await untilAccepting('toxiproxy', adminPort);
    const api = `http://127.0.0.1:${adminPort}/proxies`;
    await post(api, {
      name: 'edge',
      listen: `127.0.0.1:${port}`,
      upstream: `127.0.0.1:${upstreamPort}`,
      enabled: true,
    });
    if (way.latencyMs !== undefined) {
      const attributes = { latency: way.latencyMs, jitter: 0 };
      await post(`${api}/edge/toxics`, { type: 'latency', stream: 'downstream', attributes });
    }
    return { port, pid: child.pid, stop: () => child.stop() };
  },
};

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`toxiproxy refused ${url}: ${await response.text()}`);
}
