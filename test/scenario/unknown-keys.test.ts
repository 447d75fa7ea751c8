import { expect, it } from 'vitest';

import { parseScenario } from '../../src/scenario/index.ts';
import { errorOf } from './texts.ts';

function withKeyOfService(key: string): string {
  return `name: tiny
services: { web: { command: [node, web.js], ${key}: { A: b } } }
targets: { web: { url: "\${services.web.url}" } }
flows: { look: [{ step: home, target: web, http: { path: / } }] }
load: [{ phase: steady, arrivals: { rate: 5/s }, for: 1s }]
`;
}

it.each([
  ['enviroment', 'unknown key "enviroment", did you mean "env"?'],
  ['environment', 'unknown key "environment", did you mean "env"?'],
  ['envv', 'unknown key "envv", did you mean "env"?'],
  ['variables', 'unknown key "variables" ('],
])('guesses what the key %s of a service stands for', (key, message) => {
  expect(errorOf(() => parseScenario(withKeyOfService(key), 'tiny.yaml')).message).toContain(
    message,
  );
});
