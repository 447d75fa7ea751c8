import { join } from 'node:path';
import { startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { BOUND_SEC, type ProxyUnderTest } from './proxy-under-test.ts';
import { untilAccepting } from '../servers/until-accepting.ts';

/** Ours, without toxics, in a process of its own. */
export const callgauge: ProxyUnderTest = {
  name: 'callgauge',
  missing: () => undefined,
  start: async (upstreamPort) => {
    const port = await freePort();
    const main = join(import.meta.dirname, 'callgauge-proxy-main.ts');
    const argv = [process.execPath, main, String(port), String(upstreamPort)];
    const child = startProcess(argv, { boundSec: BOUND_SEC });
    await untilAccepting('callgauge', port);
    return { port, pid: child.pid, stop: () => child.stop() };
  },
};
