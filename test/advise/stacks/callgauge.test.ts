import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recommendedPolicy } from '../../../src/advise/recommended-policy.ts';
import { exportTuning, STACKS, type ExportedEdge } from '../../../src/advise/stacks/index.ts';
import { CALLGAUGE } from '../../../src/advise/stacks/callgauge.ts';
import { parseScenario } from '../../../src/scenario/index.ts';
import { exportedEdge, FULL_PROTECTION, POLICIES, PROTECTION } from './sample-exports.ts';
import { AGAIN, compared, edge, tuningOf } from './sample-tunings.ts';

const PROTECTIONS = fc.constantFrom(null, PROTECTION, FULL_PROTECTION);
const METHODS = fc.constantFrom('GET', 'PUT', 'POST');

describe('an export for callgauge', () => {
  it('is, in a scenario, the very policy that was recommended', () => {
    fc.assert(
      fc.property(POLICIES, PROTECTIONS, METHODS, (policy, protection, httpMethod) => {
        const one = exportedEdge(policy, { httpMethod, path: '/x', protection });
        const step = stepWith(one, `http: { method: ${httpMethod}, path: /x }`);
        expect(step?.policy).toEqual(recommendedPolicy(one.key, one));
      }),
      { numRuns: 200 },
    );
  });

  it('is so of gRPC too, whose calls nothing but the user says to be repeatable', () => {
    const policy = { ...AGAIN.policy, ...policyOf(AGAIN), attempts: 2, retryOn: 'transient' };
    const rpc = { httpMethod: '', path: '', rpcService: 'shop.Stock', rpcMethod: 'Get' };
    const one = exportedEdge(policy as ExportedEdge['policy'], rpc);
    const step = stepWith(one, 'grpc: { method: shop.Stock/Get }');
    expect(step?.policy).toEqual(recommendedPolicy(one.key, one));
    expect(step?.policy).toMatchObject({ idempotent: true, retry: { on: { statuses: [14] } } });
  });

  it("is of callgauge's own calls, where other stacks are of the services'", () => {
    const own = { ...edge('api', 'home', 'GET', 2), kind: 'harness', caller: 'callgauge' } as const;
    const tuning = tuningOf([own, AGAIN]);
    expect(exportTuning(tuning, CALLGAUGE)).toContain('callgauge → api  home');
    expect(exportTuning(tuning, CALLGAUGE)).not.toContain('inventory');
    const envoy = STACKS.find(({ name }) => name === 'envoy');
    expect(envoy && exportTuning(tuning, envoy)).not.toContain('home');
  });

  it('is held against a scenario that is in use, by the targets that its policies are of', () => {
    const own = { ...edge('api', 'home', 'GET', 3), kind: 'harness', caller: 'callgauge' } as const;
    const text = `name: shop
policies:
  hasty: { attemptTimeout: 50ms, retry: { attempts: 2, on: [connect] } }
targets: { api: { url: "http://127.0.0.1:80" } }
flows: { look: [{ step: home, policy: hasty, http: { path: / } }] }
`;
    const { stack, differences } = compared(tuningOf([own, AGAIN]), text);
    expect(stack).toBe('callgauge policies');
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'attempt timeout', inUse: '50 ms', line: 3 }),
        expect.objectContaining({ name: 'attempts', inUse: '2', recommended: '3' }),
        expect.objectContaining({ name: 'sent again', inUse: 'failed connects' }),
        expect.objectContaining({ name: 'first wait, at most', inUse: '25 ms, the default' }),
      ]),
    );
  });
});

function policyOf({ policy }: typeof AGAIN) {
  if (policy === undefined) throw new Error('it has a policy');
  return policy;
}

/** Returns the step of a scenario that has the export of one edge, as it would be run. */
function stepWith(one: ExportedEdge, call: string) {
  const text = `${CALLGAUGE.write({ edges: [one], about: [] })}
name: shop
targets: { inventory: { url: "http://127.0.0.1:80" } }
flows: { look: [{ step: home, policy: ${one.key}, ${call} }] }
load: [{ phase: main, for: 1s, arrivals: { rate: 1/s } }]
`;
  return parseScenario(text, 'shop.yaml').flows[0]?.steps[0];
}
