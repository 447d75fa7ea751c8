import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram, outputOf } from '../child-process.ts';
import { type Peer, SLACK_SEC } from './peer.ts';
import { percentileLines } from './percentile-lines.ts';

/** Its own report ends at p99; a template asks for the rest, in microseconds. */
const TEMPLATE = `{{ with .Result.LatenciesStats (FloatsToArray 0.5 0.99 0.999) }}{{ range $p, $us := .Percentiles }}
percentile {{ $p }} {{ $us }}
{{ end }}{{ end }}
`;

export const bombardier: Peer = {
  name: 'bombardier',
  title: 'bombardier -r',
  isHere: () => hasProgram('bombardier'),
  saturate: ({ url, connections, seconds }) => [
    'bombardier',
    '-c',
    String(connections),
    '-d',
    `${seconds}s`,
    '-p',
    'r',
    url,
  ],
  measure: async ({ url, connections, seconds, ratePerSec, scratch }) => {
    const template = join(scratch, 'percentiles.template');
    writeFileSync(template, TEMPLATE);
    const argv = ['bombardier', '-c', String(connections), '-d', `${seconds}s`];
    const asked = ['-r', String(ratePerSec), '-p', 'r', '-o', `path:${template}`, url];
    const output = await outputOf([...argv, ...asked], { boundSec: seconds + SLACK_SEC });
    return percentileLines(output, { ratio: 1 });
  },
};
