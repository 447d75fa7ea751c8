import { join } from 'node:path';
import { startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { startOptions, type ProxyUnderTest } from './proxy-under-test.ts';
import { untilAccepting } from '../servers/until-accepting.ts';

/** Ours, in a process of its own. */
export const callgauge: ProxyUnderTest = {
  name: 'callgauge',
  missing: () => undefined,
  hasToxics: true,
  start: async (upstreamPort, _scratch, way = {}) => {
    const port = await freePort();
    const main = join(import.meta.dirname, 'callgauge-proxy-main.ts');
    const figures = [port, upstreamPort, way.latencyMs ?? 0].map(String);
    const child = startProcess([process.execPath, main, ...figures], startOptions(way));
    await untilAccepting('callgauge', port);
    return { port, pid: child.pid, stop: () => child.stop() };
  },
};
