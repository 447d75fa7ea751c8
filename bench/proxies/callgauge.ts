import { join } from 'node:path';
import { startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { startOptions, type ProxyUnderTest } from './proxy-under-test.ts';
import { untilAccepting } from '../servers/until-accepting.ts';

/** Ours, without toxics, in a process of its own. */
export const callgauge: ProxyUnderTest = {
  name: 'callgauge',
  missing: () => undefined,
  start: async (upstreamPort, _scratch, core) => {
    const port = await freePort();
    const main = join(import.meta.dirname, 'callgauge-proxy-main.ts');
    const argv = [process.execPath, main, String(port), String(upstreamPort)];
    const child = startProcess(argv, startOptions(core));
    await untilAccepting('callgauge', port);
    return { port, pid: child.pid, stop: () => child.stop() };
  },
};
