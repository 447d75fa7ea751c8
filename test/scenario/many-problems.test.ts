import { expect, it } from 'vitest';

import { parseScenario } from '../../src/scenario/index.ts';
import { errorOf } from './texts.ts';

const TEXT = `name: tiny
targets: { web: { url: http://127.0.0.1:9 } }
proxies: { web: { listen: "127.0.0.1:7001", upstream: "127.0.0.1:9" } }
flows:
  look:
    - step: home
      target: web
      http: { path: "/\${tokn}" }
load: [{ phase: steady, arrivals: { rate: 5/s }, for: 1s }]
faults:
  - { name: odd, proxy: web, toxic: { type: latencyy } }
  - name: long
    proxy: web
    toxic: { type: http_abort, status: 503 }
    during: { phase: steady, from: 0s, for: 2s }
thresholds:
  - home.response p(101) < 1s
  - hom.response p(99) < 1s
`;

it('tells of misshapen thresholds and faults, and of all the rest, at once', () => {
  const { problems } = errorOf(() => parseScenario(TEXT, 'tiny.yaml'));
  expect(problems.map(({ path, position }) => [position.line, path.join('.')])).toEqual([
    [8, 'flows.look.0.http.path'],
    [11, 'faults.0.toxic.type'],
    [14, 'faults.1.toxic.type'],
    [15, 'faults.1.during.for'],
    [17, 'thresholds.0'],
    [18, 'thresholds.1'],
  ]);
  expect(problems.find(({ position }) => position.line === 15)?.hint).toContain('faults[1].during');
});

it('tells only of what is misshapen where other parts hang on it', () => {
  const text = TEXT.replace('rate: 5/s', 'rate: 5').replace('type: latencyy', 'type: latency');
  const { problems } = errorOf(() => parseScenario(text, 'tiny.yaml'));
  expect(problems.map(({ position }) => position.line)).toContain(9);
});
