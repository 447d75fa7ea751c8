import { startProxyHost } from '../../src/proxy/index.ts';

/**
 * Runs one proxy without toxics: the first argument is its port, the second that of its upstream.
 */
const [port, upstreamPort] = process.argv.slice(2);
await startProxyHost({
  proxies: [
    {
      name: 'edge',
      listen: `127.0.0.1:${port}`,
      upstream: `127.0.0.1:${upstreamPort}`,
      protocol: 'tcp',
      callerFaults: false,
    },
  ],
  seed: 1,
  onFailure: (error) => {
    throw error;
  },
});
