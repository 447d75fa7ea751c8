import { NS_PER_MS } from '../../src/core/index.ts';
import { startProxyHost } from '../../src/proxy/index.ts';

/**
 * Runs one proxy: the first argument is its port, the second that of its upstream, the third by how
 * many ms a latency toxic delays what the upstream answers; 0 for no toxic.
 */
const [port, upstreamPort, latencyMs] = process.argv.slice(2);
const host = await startProxyHost({
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
if (Number(latencyMs) > 0) {
  const settings = { latencyNs: Number(latencyMs) * NS_PER_MS, jitterNs: 0 };
  await host.addToxic('edge', {
    name: 'latency',
    type: 'latency',
    stream: 'downstream',
    toxicity: 1,
    settings,
  });
}
