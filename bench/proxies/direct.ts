import type { ProxyUnderTest } from './proxy-under-test.ts';

/** No proxy at all: what the others are compared with. */
export const direct: ProxyUnderTest = {
  name: 'direct',
  missing: () => undefined,
  hasToxics: false,
  start: async (upstreamPort) => ({
    port: upstreamPort,
    pid: undefined,
    stop: async () => undefined,
  }),
};
