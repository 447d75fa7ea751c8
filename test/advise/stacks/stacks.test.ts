import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STACKS, type ExportedEdge, type Stack } from '../../../src/advise/stacks/index.ts';
import { ofEdge } from '../../../src/advise/stacks/compare-current.ts';
import { NGINX_READ_TIMEOUT_MIN_NS } from '../../../src/advise/stacks/nginx.ts';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { expectGolden } from '../../golden/golden.ts';
import { exportedEdge, FULL_PROTECTION, POLICIES, policyWith, REQUESTS } from './sample-exports.ts';

const ABOUT = ['how orders is to make its calls, by run 6920b6a75d1f3c09 (checkout).'];

/** Stacks that write only what is RPC. */
const RPC_ALONE = ['grpc', 'dubbo'];
/** Those that have no attempts of their own, or say them in code. */
const WITHOUT_ATTEMPTS = ['openfeign', 'hystrix', 'opossum'];

describe.each(STACKS.map((stack) => [stack.name, stack] as const))(
  'an export for %s',
  (_, stack) => {
    it('is read back, as the stack counts, with the attempts and times that were recommended', () => {
      fc.assert(
        fc.property(POLICIES, fc.constantFrom(...REQUESTS), (policy, request) => {
          const edge = exportedEdge(policy, request);
          const [back, ...others] = stack.read(stack.write({ edges: [edge], about: ABOUT }));
          expect(others).toEqual([]);
          if (RPC_ALONE.includes(stack.name) && edge.request.rpcService === '') {
            expect(back).toBeUndefined();
            return;
          }
          expect(back).toEqual({ ...back, ...wantedOf(stack, edge, back?.retryOn) });
        }),
        { numRuns: 200 },
      );
    });

    it('never sends again what may not be repeated', () => {
      for (const request of REQUESTS) {
        for (const retryOn of ['nothing', 'connect'] as const) {
          const policy = policyWith(retryOn === 'nothing' ? 1 : 2, retryOn);
          const edge = exportedEdge(policy, request);
          const [back] = stack.read(stack.write({ edges: [edge], about: ABOUT }));
          const again = back && ofEdge(back, edge).retryOn;
          expect([undefined, 'nothing', retryOn]).toContain(again);
        }
      }
    });

    it('carries the evidence of each edge, and what it is', () => {
      const edges = someEdges();
      const text = stack.write({ edges, about: ABOUT });
      expect(flat(text)).toContain('by run 6920b6a75d1f3c09 (checkout)');
      for (const edge of edges) {
        if (RPC_ALONE.includes(stack.name) && edge.request.rpcService === '') continue;
        expect(flat(text)).toContain(`orders → ${edge.callee} ${edge.operation}`);
        expect(flat(text)).toContain('p99.9 ≤ 570 ms with 95% probability, grade medium');
      }
    });

    it('says hedge, breaker, bulkhead and rate limit, or that it cannot', () => {
      const isRpc = RPC_ALONE.includes(stack.name);
      const request = isRpc ? REQUESTS.at(-1) : { httpMethod: 'GET', path: '/x' };
      const edge = exportedEdge(policyWith(2, 'transient'), {
        ...request,
        protection: FULL_PROTECTION,
      });
      const text = stack.write({ edges: [edge], about: ABOUT });
      const [back] = stack.read(text);
      const said = {
        ...{ hedgeDelayNs: 110e6, concurrent: 12, limitPerSec: 300, breakerSleepNs: 4e9 },
        ...(back?.breakerRatio === undefined ? { breakerInARow: 4 } : { breakerRatio: 0.3 }),
      };
      const unsaid = {
        hedgeDelayNs: /hedge after 110ms|AddStandardHedgingHandler/u,
        concurrent: /12 calls at once/u,
        limitPerSec: /300\.0\/s with a burst of 60/u,
        breakerSleepNs: /breaker at 30% of 20 calls|a breaker is of the/u,
        breakerInARow: /breaker/u,
        breakerRatio: /breaker/u,
      };
      for (const [name, value] of Object.entries(said)) {
        const own = back?.[name as keyof typeof said];
        if (own === undefined) expect(flat(text)).toMatch(unsaid[name as keyof typeof unsaid]);
        else expect(own, name).toBe(value);
      }
    });

    it('says that it cannot say what it leaves out', () => {
      const edge = exportedEdge(policyWith(2, 'connect'), { httpMethod: 'PUT', path: '/x' });
      const text = stack.write({ edges: [edge], about: ABOUT });
      const [back] = stack.read(text);
      if (back === undefined || ofEdge(back, edge).retryOn === 'connect') return;
      expect(flat(text)).toMatch(
        /cannot be said|cannot say|makes no retries|may come after the work was done/u,
      );
    });

    it('is as the golden file has it', () => {
      expectGolden(`stacks/${stack.name}`, stack.write({ edges: someEdges(), about: ABOUT }));
    });

    it('lets no name of others write more than a name', () => {
      const hostile = 'x"; }\n--> */ evil: "1"\n\u2028#{ }';
      const policy = policyWith(2, 'transient');
      const edge = exportedEdge(policy, { callee: hostile, operation: hostile });
      const plain = exportedEdge(policy, { callee: 'x', operation: 'x' });
      const [back] = stack.read(stack.write({ edges: [edge], about: [hostile] }));
      const [wanted] = stack.read(stack.write({ edges: [plain], about: ABOUT }));
      const keyOf = stack.name === 'openfeign' ? hostile : wanted?.key;
      const { scope: _scope, line: _line, ...said } = back ?? {};
      const { scope: _own, line: _at, ...plainly } = wanted ?? {};
      expect(said).toEqual(wanted === undefined ? {} : { ...plainly, key: keyOf });
    });
  },
);

describe('the stacks', () => {
  it('are all named in the help of tune and on its page', () => {
    const root = join(import.meta.dirname, '../../..');
    const help = readFileSync(join(root, 'src/cli/commands/tune.ts'), 'utf8');
    const page = readFileSync(join(root, 'docs/reference/tune.md'), 'utf8');
    for (const { name } of STACKS) {
      expect(help).toMatch(new RegExp(`\\b${name}\\b`, 'u'));
      expect(page).toContain(`\`${name}\``);
    }
  });
});

/** What of a policy a stack says, it says as it is; what it does instead is named here. */
function wantedOf(stack: Stack, { key, callee, policy }: ExportedEdge, retryOn?: string) {
  const { connectTimeoutNs, attemptTimeoutNs, totalTimeoutNs, backoff } = policy;
  const attempts = retryOn === 'nothing' ? 1 : policy.attempts;
  const isSaid = (name: string): boolean => SAID[stack.name]?.includes(name) ?? false;
  return {
    key: stack.name === 'openfeign' ? callee : key,
    ...(!WITHOUT_ATTEMPTS.includes(stack.name) && { attempts }),
    ...(isSaid('connect') && { connectTimeoutNs }),
    ...(isSaid('total') && { totalTimeoutNs }),
    ...(isSaid('attempt') && {
      attemptTimeoutNs: attemptOf(stack, { attemptTimeoutNs, totalTimeoutNs }, retryOn),
    }),
    ...(isSaid('wait') &&
      attempts > 1 && { firstWaitNs: expect.closeTo(backoff.baseNs, -Math.log10(2 * NS_PER_MS)) }),
  };
}

/** Which times each of them has a key for. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  envoy: ['connect', 'attempt', 'total', 'wait'],
  istio: ['connect', 'attempt', 'total', 'wait'],
  linkerd: ['attempt', 'total'],
  nginx: ['connect', 'attempt', 'total'],
  haproxy: ['connect', 'attempt'],
  kong: ['connect', 'attempt'],
  grpc: ['total', 'wait'],
  resilience4j: ['attempt', 'wait'],
  openfeign: ['connect', 'attempt'],
  dubbo: ['attempt'],
  hystrix: ['attempt'],
  polly: ['attempt', 'total'],
  cockatiel: ['attempt', 'total', 'wait'],
  opossum: ['attempt'],
  undici: ['connect', 'attempt', 'total', 'wait'],
  callgauge: ['attempt', 'total', 'wait'],
};

function attemptOf(
  { name }: Stack,
  policy: { readonly attemptTimeoutNs: number; readonly totalTimeoutNs: number },
  retryOn?: string,
): number {
  if (name === 'nginx') return Math.max(policy.attemptTimeoutNs, NGINX_READ_TIMEOUT_MIN_NS);
  // Without tries, the bound of the whole call is that of its one attempt.
  const isWhole = ['envoy', 'istio'].includes(name) && retryOn === 'nothing';
  return isWhole ? policy.totalTimeoutNs : policy.attemptTimeoutNs;
}

function someEdges(): readonly ExportedEdge[] {
  return [
    exportedEdge(policyWith(3, 'transient'), { protection: FULL_PROTECTION }),
    exportedEdge(policyWith(2, 'connect'), {
      ...{ key: 'payment-post-api-charges', callee: 'payment', operation: 'POST /api/charges' },
      ...{ httpMethod: 'POST', path: '/api/charges' },
    }),
    exportedEdge(policyWith(1, 'nothing'), {
      ...{ key: 'payment-get-api-cards-id', callee: 'payment', operation: 'GET /api/cards/{id}' },
      ...{ httpMethod: 'GET', path: '/api/cards/{id}' },
    }),
    exportedEdge(policyWith(2, 'transient'), {
      ...{ key: 'stock-shop-stock-reserve', callee: 'stock', operation: 'shop.Stock/Reserve' },
      ...{ httpMethod: '', path: '', rpcService: 'shop.Stock', rpcMethod: 'Reserve' },
      protection: FULL_PROTECTION,
    }),
  ];
}

/** Comments are wrapped. */
function flat(text: string): string {
  return text.replaceAll(/\n\s*(?:#|\/\/)?\s*/gu, ' ').replaceAll(/\s+/gu, ' ');
}
