import { hasProgram, startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { startOptions, type ProxyUnderTest } from './proxy-under-test.ts';
import { untilAccepting } from '../servers/until-accepting.ts';

const SERVER = process.env['CALLGAUGE_TOXIPROXY_SERVER'] ?? 'toxiproxy-server';

/** The official server, without toxics. */
export const toxiproxy: ProxyUnderTest = {
  name: 'toxiproxy',
  missing: () =>
    hasProgram(SERVER)
      ? undefined
      : 'toxiproxy-server is not on the PATH, nor in CALLGAUGE_TOXIPROXY_SERVER',
  start: async (upstreamPort, _scratch, core) => {
    const [adminPort, port] = [await freePort(), await freePort()];
    const argv = [SERVER, '-host', '127.0.0.1', '-port', String(adminPort)];
    const child = startProcess(argv, startOptions(core));
    await untilAccepting('toxiproxy', adminPort);
    const proxy = {
      name: 'edge',
      listen: `127.0.0.1:${port}`,
      upstream: `127.0.0.1:${upstreamPort}`,
      enabled: true,
    };
    const response = await fetch(`http://127.0.0.1:${adminPort}/proxies`, {
      method: 'POST',
      body: JSON.stringify(proxy),
    });
    if (!response.ok) throw new Error(`toxiproxy made no proxy: ${await response.text()}`);
    return { port, pid: child.pid, stop: () => child.stop() };
  },
};
