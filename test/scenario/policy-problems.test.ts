import { describe, expect, it } from 'vitest';
import { POLICY_PRESETS } from '../../src/resilience/index.ts';
import { FULL_POLICY as FULL, GRPC_POLICY as GRPC } from './policy-texts.ts';
import { changed, parse, refusalOf } from './texts.ts';

describe('what contradicts itself is refused', () => {
  it.each([
    [
      'an attempt that may take longer than its call',
      ['attemptTimeout: 300ms', 'attemptTimeout: 3s'],
      'attemptTimeout must be at most the totalTimeout (2.00 s), got 3.00 s (policies.careful.attemptTimeout, small.yaml:5:21)',
    ],
    [
      'a step that may take longer than its call',
      ['{ hedge: { after: 50ms, maxExtra: 2% } }', '{ totalTimeout: 1s }\n      timeout: 3s'],
      'timeout must be at most the totalTimeout of the policy of step look (1.00 s), got 3.00 s (flows.checkout[1].timeout, small.yaml:26:16)',
    ],
    [
      'one attempt as a retry',
      ['attempts: 3', 'attempts: 1'],
      'attempts must be 2 or more beside budget: one attempt makes no retries to count, got 1 (policies.careful.retry.attempts, small.yaml:7:24)',
    ],
    [
      'a budget without retries',
      [/retry: .*$/mu, 'budget: { ratio: 10% }'],
      'unknown key "budget": it is one of retry (policies.careful.budget, small.yaml:7:5)',
    ],
    [
      'a budget that allows nothing',
      ['{ ratio: 10% }', '{ ratio: 0%, min: 0/s }'],
      'budget must allow a retry: ratio or min more than 0 (policies.careful.retry.budget, small.yaml:7:74)',
    ],
    [
      'waits that leave no time',
      ['attempts: 3,', 'attempts: 3, backoff: { base: 900ms, cap: 4s },'],
      'backoff must leave time for attempts within the totalTimeout (2.00 s): the longest waits between 3 attempts sum to 2.70 s (policies.careful.retry, small.yaml:7:5)',
    ],
    [
      'waits of which none is the first',
      ['attempts: 3,', 'attempts: 3, backoff: { base: 900ms },'],
      'backoff must have a base that is not above its cap (policies.careful.retry.backoff, ',
    ],
    [
      'a hedge when the attempt is over',
      ['after: p95', 'after: 300ms'],
      'after must be less than the attemptTimeout (300 ms), got 300 ms (policies.careful.hedge.after, small.yaml:8:21)',
    ],
    [
      "a hedge after the step's own timeout",
      ['{ hedge: { after: 50ms', '{ hedge: { after: 10s'],
      'after must be less than the timeout of step "look" (10.0 s), got 10.0 s (flows.checkout[1].policy.hedge.after, ',
    ],
    [
      'a slow attempt that has failed already',
      ['slow: 100ms', 'slow: 1s'],
      'slow must be less than the attemptTimeout (300 ms), got 1.00 s (policies.careful.breaker.slow, ',
    ],
    [
      'a share of slow attempts of which there are none',
      ['slow: 100ms', 'slowCalls: 10%'],
      'breaker must have slow where it has slowCalls (policies.careful.breaker, ',
    ],
    [
      'a breaker without probes',
      ['slow: 100ms', 'probes: 0'],
      'probes must be a whole number from 1 to 1000, got 0 (policies.careful.breaker.probes, ',
    ],
    [
      'a POST that is made twice',
      [/ +idempotent: true\n/u, ''],
      'step "create" must be idempotent beside policy "careful", which retries it after more than connect and hedges it, got POST (flows.checkout[0].step, small.yaml:21:13)',
    ],
    [
      'a GET that is made twice although it must not be',
      ['{ hedge: {', '{ idempotent: false, hedge: {'],
      'step "look" must be idempotent beside the policy of step look, which hedges it, got idempotent: false (flows.checkout[1].policy, small.yaml:25:7)',
    ],
    [
      'weights that do not match',
      ['weights: [3, 2, 1]', 'weights: [3, 2]'],
      'weights must have 3 weights, for the url and 2 of endpoints, has 2 (targets.orders.balance.weights, ',
    ],
    [
      'weights of something else',
      ['by: weighted', 'by: random'],
      'balance must be by: weighted where it has weights (targets.orders.balance, ',
    ],
    [
      'a choice among one',
      [/ +endpoints: .*\n +balance: .*\n +health: .*\n/u, '    balance: random\n'],
      'orders must have endpoints beside balance: there is but one to choose (targets.orders, ',
    ],
    [
      'an endpoint of another scheme',
      ['http://127.0.0.1:7102', 'https://127.0.0.1:7102'],
      'endpoints[0] must begin with http:// as url does, got "https://127.0.0.1:7102" (targets.orders.endpoints[0], small.yaml:16:17)',
    ],
    [
      'an endpoint twice',
      ['http://127.0.0.1:7103/', 'http://127.0.0.1:7101/'],
      'endpoints[1] must stand once among url and endpoints, got "http://127.0.0.1:7101/" (targets.orders.endpoints[1], ',
    ],
    [
      'a status that is none of the protocol',
      ['on: [connect,', 'on: [UNAVAILABLE,'],
      'on[0] must be a status of HTTP, which the steps with this policy speak, got "UNAVAILABLE" (policies.careful.retry.on[0], ',
    ],
    [
      'a retry of what went well',
      ['on: [connect,', 'on: [201,'],
      'on[0] must be a status that fails a step with this policy: all count it as ok, got 201 (',
    ],
    [
      'a fallback that is a failure',
      ['{ json: { price: 1.10 } }', '{ status: 503 }'],
      'status must be one that step "create" counts as ok, got 503 (policies.careful.fallback.status, ',
    ],
    [
      'a fallback of another protocol',
      ['{ json: { price: 1.10 } }', '{ status: OK }'],
      'status must be a status of HTTP, which step "create" speaks, got "OK" (policies.careful.fallback.status, ',
    ],
    [
      'a fallback that would be filled in',
      ['1.10', '"${price}"'],
      'json must hold no reference (policies.careful.fallback.json, ',
    ],
    [
      'a limit for each user of none',
      ['users: 3, for: 10s', 'arrivals: { rate: 5/s }, for: 10s'],
      'step "create" must run in phases with users alone beside policy "careful", whose rate limit is by: user, got phase "steady", all of whose arrivals would share one bucket (flows.checkout[0].step, small.yaml:22:13)',
    ],
    [
      'a policy that does nothing',
      ['{ hedge: { after: 50ms, maxExtra: 2% } }', '{ idempotent: true }'],
      'policy must have at least one of totalTimeout, attemptTimeout, retry, hedge, breaker, bulkhead, rateLimit, fallback (flows.checkout[1].policy, ',
    ],
    [
      'a policy that nothing has',
      ['policy: careful', 'policy: none'],
      'no target and no step has policy "careful": it would change nothing (policies.careful, small.yaml:3:3)',
    ],
  ] as const)('%s', (_, [from, to], message) => {
    const text = FULL.replace(from, () => to);
    expect(text).not.toBe(FULL);
    expect(refusalOf(text)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    [
      'another endpoint where there is one',
      ['on: [connect] }', 'on: [connect], otherEndpoint: true }'],
      'otherEndpoint must have endpoints to go to: orders has one, got true (policies.careful.retry.otherEndpoint, ',
    ],
    [
      'a call that is made twice',
      ['on: [connect]', 'on: [connect, UNAVAILABLE]'],
      'step "create" must be idempotent beside policy "careful", which retries it after more than connect, got gRPC (flows.checkout[0].policy, ',
    ],
    [
      'a fallback that is no message',
      ['retry: {', 'fallback: { body: none }, retry: {'],
      'body must be left out: the answers of step "create" are messages, got "none" (policies.careful.fallback.body, ',
    ],
    [
      'a stream that an attempt cuts off',
      ['shop.Orders/Create }', 'shop.Orders/Watch, for: 4s }'],
      'for must be shorter than the attemptTimeout of policy "careful", got 3.00 s for that (flows.checkout[0].grpc.for, ',
    ],
    [
      'a path where there are none',
      ['7101"', '7101", endpoints: ["http://127.0.0.1:1"], health: { active: { path: / } }'],
      'active asks for a path, and the target "orders" speaks gRPC (targets.orders.health.active, ',
    ],
  ] as const)('of gRPC, %s', (_, [from, to], message) => {
    const base = changed('careful: {', 'careful: { attemptTimeout: 3s,', GRPC);
    expect(refusalOf(changed(from, to, base))).toEqual([expect.stringContaining(message)]);
  });
});

describe('what is misspelt is told with the nearest name', () => {
  it.each([
    ['policy: careful', 'policy: carful', 'unknown policy "carful", did you mean "careful"?'],
    ['policy: none', 'policy: standrd', 'unknown policy "standrd", did you mean "standard"?'],
    ['on: [connect,', 'on: [conect,', 'did you mean "connect"?, got "conect"'],
    ['by: weighted', 'by: wieghted', 'did you mean "weighted"?, got "wieghted"'],
    ['retry:', 'retyr:', 'unknown key "retyr", did you mean "retry"?'],
    ['{ hedge: { after', '{ hedg: { after', 'unknown key "hedg", did you mean "hedge"?'],
  ])('%s: %s', (from, to, message) => {
    const lines = refusalOf(changed(from, to, FULL));
    expect(lines).toContainEqual(expect.stringContaining(message));
  });

  it.each(['none', ...POLICY_PRESETS.map(({ name }) => name)])('%s cannot be redefined', (name) => {
    const text = changed('  careful:\n', `  ${name}:\n`, changed(': careful', `: ${name}`, FULL));
    expect(refusalOf(text)).toEqual([expect.stringContaining(`key "${name}" cannot be taken`)]);
  });
});

describe('a saturated phase', () => {
  const SATURATED = `name: small
targets: { orders: { url: "http://127.0.0.1:7101", policy: standard } }
flows: { checkout: [{ step: look, http: / }] }
load: [{ phase: full, saturate: { connections: 1 }, for: 1s }]
`;

  it.each([
    [SATURATED, 'saturate takes the url of a target alone, got targets.orders.policy'],
    [
      changed('http: /', 'policy: per-user, http: /', SATURATED),
      'saturate must have a plain step, got its policy',
    ],
    [
      changed('policy: standard', 'endpoints: ["http://127.0.0.1:7102"]', SATURATED),
      'got targets.orders.endpoints',
    ],
  ])('%# is refused', (text, message) => {
    expect(refusalOf(text)).toEqual([expect.stringContaining(message)]);
  });

  it('takes a step without the policy of its target', () => {
    expect(() => parse(changed('http: /', 'policy: none, http: /', SATURATED))).not.toThrow();
  });
});

describe('a threshold on what a policy did', () => {
  const withThreshold = (text: string): string => `${FULL}thresholds: [${text}]\n`;

  it.each([
    ['create.amplification rate <= 1.2', { metric: 'amplification', limit: 1.2 }],
    ['"create.rejected{phase: steady} count == 0"', { metric: 'rejected', phase: 'steady' }],
    ['look.fallbacks rate < 1%', { metric: 'fallbacks', limit: 0.01 }],
  ])('is read: %s', (text, threshold) => {
    expect(parse(withThreshold(text)).thresholds).toMatchObject([threshold]);
  });

  it.each([
    [
      'bare.rejected count == 0',
      'step "bare" has no policy: rejected would match nothing (thresholds[0], ',
    ],
    ['create.amplification count < 2', 'amplification needs rate, got "count"'],
    ['create.amplification rate < 120%', 'limit must be a number of attempts per call, got "120%"'],
    [
      'create.rejcted count == 0',
      'unknown metric "rejcted" of step "create", did you mean "rejected"?',
    ],
  ])('%s is refused', (text, message) => {
    expect(refusalOf(withThreshold(text))).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['bare.rejected rate < 1%', 'step "bare" has no policy'],
    ['create.amplification rate < 2', 'amplification is no objective'],
  ])('is no objective of a search: %s', (objective, message) => {
    const search = `capacity: { objective: ${objective}, from: 1/s, to: 9/s }`;
    const text = changed('users: 3, for: 10s', search, changed('by: user', 'by: all', FULL));
    expect(refusalOf(text)).toEqual([expect.stringContaining(message)]);
  });
});
