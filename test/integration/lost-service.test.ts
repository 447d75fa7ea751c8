import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';

interface Report {
  readonly results: { readonly verdict: string; readonly serviceEnds: readonly object[] };
}

let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => {
  workplace.remove();
});

/** Answers so many calls, and falls over at the next. */
function fallsOver(answers: number): string {
  return workplace.file(
    'falls-over.mjs',
    `import { createServer } from 'node:http';
let answered = 0;
createServer((request, response) => {
  if (request.url === '/call' && answered++ === ${answers}) throw new Error('the pool is empty\\u001b[31m');
  response.end();
}).listen(Number(process.env.PORT), '127.0.0.1');
`,
  );
}

function scenario(faults: string, answers = 50): string {
  return workplace.file(
    'lost.yaml',
    `name: lost
services:
  api: { command: [node, ${fallsOver(answers)}], ready: / }
targets:
  api: { url: "\${services.api.url}" }
flows:
  look:
    - { step: home, target: api, timeout: 1s, http: { path: /call } }
load:
  - phase: steady
    arrivals: { process: constant, rate: 50/s }
    for: 3s
${faults}`,
  );
}

describe('a service that ends while the load goes on', () => {
  it('fails the run, and stands in its report whenever that is asked for', async () => {
    const own = ['--json', '--dir', workplace.storeDir];
    const run = await callgauge(['run', scenario(''), ...own]);
    const { results } = JSON.parse(run.out) as Report;
    expect(results).toMatchObject({
      verdict: 'failed',
      serviceEnds: [
        { service: 'api', code: 1, signal: null, lastLine: 'Error: the pool is empty·[31m' },
      ],
    });
    expect(run.code).toBe(99);
    const again = await callgauge(['report', 'latest', '--dir', workplace.storeDir]);
    expect(again.out).toMatch(/FAILED: service api ended with code 1 at [\d.]+ s, unasked/u);
    const stored = await callgauge(['report', 'latest', ...own]);
    expect((JSON.parse(stored.out) as Report).results).toEqual(results);
  });

  it('does not where a fault killed it', async () => {
    const faults = `faults:
  - { name: crash, service: api, do: kill, during: { phase: steady, from: 200ms, for: 1s } }
`;
    const own = ['--json', '--dir', workplace.storeDir];
    const { out } = await callgauge(['run', scenario(faults, 1_000), ...own]);
    expect((JSON.parse(out) as Report).results.serviceEnds).toEqual([]);
  });
});
