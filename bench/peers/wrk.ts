import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram, outputOf } from '../child-process.ts';
import { type Peer, SLACK_SEC } from './peer.ts';
import { percentileLines } from './percentile-lines.ts';

/** Its own report ends at p99; a script asks for the rest, in microseconds. */
const SCRIPT = `done = function(summary, latency, requests)
  for _, p in pairs({50, 99, 99.9}) do
    io.write(string.format("percentile %g %d\\n", p, latency:percentile(p)))
  end
end
`;

/** wrk has no rate: the next request of a connection waits for the answer to the last. */
export const wrk: Peer = {
  name: 'wrk',
  title: 'wrk (closed)',
  isHere: () => hasProgram('wrk'),
  saturate: ({ url, connections, seconds }) => [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    url,
  ],
  measure: async ({ url, connections, seconds, scratch }) => {
    const script = join(scratch, 'percentiles.lua');
    writeFileSync(script, SCRIPT);
    const argv = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url];
    return percentileLines(await outputOf(argv, { boundSec: seconds + SLACK_SEC }), {
      ratio: 100,
    });
  },
};
