import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram, startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { startOptions, type ProxyUnderTest } from './proxy-under-test.ts';
import { untilAccepting } from '../servers/until-accepting.ts';

/** A proxy in C that is made for nothing but speed, passing plain TCP. */
export const haproxy: ProxyUnderTest = {
  name: 'haproxy',
  missing: () => (hasProgram('haproxy') ? undefined : 'haproxy is not on this machine'),
  hasToxics: false,
  start: async (upstreamPort, scratch, way = {}) => {
    const port = await freePort();
    const config = join(scratch, `haproxy-${port}.cfg`);
    writeFileSync(
      config,
      `global
  maxconn 4096${way.core === undefined ? '' : '\n  nbthread 1'}
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen edge
  bind 127.0.0.1:${port} backlog 1024
  server upstream 127.0.0.1:${upstreamPort}
`,
    );
    const child = startProcess(['haproxy', '-f', config, '-db', '-q'], startOptions(way));
    await untilAccepting('haproxy', port);
    return { port, pid: child.pid, stop: () => child.stop() };
  },
};
