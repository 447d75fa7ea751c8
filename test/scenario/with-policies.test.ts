import { describe, expect, it } from 'vitest';
import type { PolicySpec } from '../../src/resilience/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { withPolicies } from '../../src/scenario/with-policies.ts';

const TRIED: PolicySpec = { name: 'tuned home', attemptTimeoutNs: 50e6 };

function scenario(load: string) {
  const text = `name: shop
seed: 11
proxies: { api: { upstream: "127.0.0.1:80" } }
targets: { api: { url: "\${proxies.api.url}" }, other: { url: "http://127.0.0.1:81" } }
flows:
  look:
    - choose:
        - do: [{ step: home, target: api, policy: { totalTimeout: 1s, fallback: {} }, http: / }]
        - do: [{ step: away, target: other, http: / }]
load: [{ phase: main, ${load} }]
faults:
  - { name: slow, proxy: api, toxic: { type: latency, latency: 1s }, during: { phase: main, for: 1s } }
thresholds: [{ threshold: home.errors rate < 1%, abortOnFail: true }]
gate: { whenInconclusive: fail }
`;
  return { ...parseScenario(text, 'shop.yaml'), files: [] };
}

describe('a scenario with other policies', () => {
  const whole = scenario('for: 5s, arrivals: { rate: 10/s }');
  const { before, after } = withPolicies(whole, {
    steps: new Map([['home', TRIED]]),
    connectTimeoutsNs: new Map([['api', 40e6]]),
  });

  it('differs in these alone, and in the connect timeouts of its targets', () => {
    expect(before.flows).toEqual(whole.flows);
    const [home, away] = after.flows[0]?.steps ?? [];
    expect(home?.policy).toEqual({ ...TRIED, fallback: { status: 200, body: '' } });
    expect(away).toEqual(whole.flows[0]?.steps[1]);
    expect(after.flows[0]?.body).toEqual(whole.flows[0]?.body);
    const [api, other] = after.targets;
    expect(api).toEqual({ ...whole.targets[0], connectTimeoutNs: 40e6 });
    expect(other).toEqual(whole.targets[1]);
    for (const part of ['seed', 'load', 'faults', 'proxies', 'source'] as const) {
      expect(before[part]).toEqual(whole[part]);
      expect(after[part]).toEqual(whole[part]);
    }
  });

  it('has no threshold that could end one of the two, and no history of the scenario', () => {
    for (const side of [before, after]) {
      expect(side.thresholds).toEqual([]);
      expect(side.gate).toBeUndefined();
      expect(side.engine.workers).toBe(1);
    }
    expect([before.name, after.name]).toEqual(['shop@before', 'shop@after']);
  });

  it('is refused for a load that follows what the target answers', () => {
    const text = `name: shop
targets: { api: { url: "http://127.0.0.1:80" } }
flows: { look: [{ step: home, target: api, http: / }] }
load: [{ phase: full, for: 5s, saturate: { connections: 2 } }]
`;
    const saturated = { ...parseScenario(text, 'shop.yaml'), files: [] };
    const tried = { steps: new Map(), connectTimeoutsNs: new Map() };
    expect(() => withPolicies(saturated, tried)).toThrow('the phase full saturates its target');
  });
});
