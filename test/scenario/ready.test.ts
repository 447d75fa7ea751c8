import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/scenario/index.ts';

describe('the readiness of a service', () => {
  it.each([
    ['', { by: 'http', path: '/healthz' }],
    ['ready: /up', { by: 'http', path: '/up' }],
    ['ready: tcp', { by: 'tcp' }],
    ['ready: grpc', { by: 'grpc', service: '' }],
    ['ready: { grpc: shop.v1.Orders }', { by: 'grpc', service: 'shop.v1.Orders' }],
    [
      String.raw`ready: { log: 'listening on \d+' }`,
      { by: 'log', pattern: String.raw`listening on \d+` },
    ],
  ])('%s', (text, ready) => {
    expect(parseScenario(scenarioWith(text), 's.yaml').services[0]?.ready).toEqual(ready);
  });

  it.each([
    ['ready: healthz', /must be a path such as \/healthz, or tcp, grpc, \{ grpc: SERVICE \}/u],
    ['ready: { udp: 1 }', /must be a path such as|unknown/u],
    ['ready: { log: "(" }', /must be a regular expression of JavaScript/u],
    ['ready: { log: "a(?=b)" }', /must have no lookahead/u],
  ])('%s is refused', (text, message) => {
    expect(() => parseScenario(scenarioWith(text), 's.yaml')).toThrow(message);
  });
});

function scenarioWith(ready: string): string {
  return `name: ready
services:
  orders:
    command: [node, orders.js]
    ${ready}
targets: { orders: { url: "\${services.orders.url}" } }
flows: { f: [{ step: s, target: orders, http: { path: / } }] }
load: [{ phase: p, arrivals: { rate: 1/s }, for: 1s }]
`;
}
