import { describe, expect, it } from 'vitest';
import { errorOf, parse, refusalOf } from './texts.ts';

const SHOP = `name: shop
targets:
  orders: { url: "http://127.0.0.1:7101" }
  stock: { url: "http://127.0.0.1:7102" }
proxies:
  link: { listen: "127.0.0.1:7103", upstream: "127.0.0.1:7102" }
flows:
  checkout:
    - step: pay
      target: orders
      policy: careful
      tags: { team: checkout, tier: gold }
      http: { path: /pay }
    - step: reserve
      target: stock
      tags: [critical]
      http: { path: /reserve }
  browse:
    - step: look
      target: stock
      tags: { team: catalogue }
      http: { path: /look }
policies:
  careful: { retry: { attempts: 2, on: [connect] } }
load:
  - phase: warm-up
    flow: checkout
    measure: false
    arrivals: { rate: 50/s }
    for: 5s
  - phase: steady
    flow: checkout
    arrivals: { rate: 50/s }
    for: 10s
faults:
  - name: early
    proxy: link
    toxic: { type: latency, latency: 1ms }
    during: { phase: warm-up, from: 0s, for: 2s }
  - name: stall
    proxy: link
    toxic: { type: latency, latency: 1ms }
    during: { phase: steady, from: 1s, for: 2s }
`;
const withThreshold = (threshold: string): string => `${SHOP}thresholds:\n  - '${threshold}'\n`;

describe('the steps that are meant by all of a target or a tag', () => {
  it.each([
    ['*.errors rate < 1%', ['pay', 'reserve', 'look']],
    ['*.errors{target: stock} rate < 1%', ['reserve', 'look']],
    ['*.errors{tag: team} rate < 1%', ['pay', 'look']],
    ['*.errors{tag: team=catalogue, phase: steady} rate < 1%', undefined],
    ['*.errors{tag: critical} rate < 1%', ['reserve']],
    ['*.errors{tag: critical=true} rate < 1%', ['reserve']],
    ['*.errors{target: stock, tag: critical} rate < 1%', ['reserve']],
  ])('%s', (text, steps) => {
    if (steps === undefined) expect(refusalOf(withThreshold(text))).toHaveLength(1);
    else expect(parse(withThreshold(text)).thresholds).toMatchObject([{ steps }]);
  });

  it('one step is named by itself', () => {
    const [threshold] = parse(withThreshold('pay.errors{target: orders} rate < 1%')).thresholds;
    expect(threshold).toMatchObject({ step: 'pay', target: 'orders' });
    expect(threshold).not.toHaveProperty('steps');
  });

  it('a tag without a value is kept with the step', () => {
    const steps = parse(withThreshold('dropped count == 0')).flows.flatMap((flow) => flow.steps);
    expect(steps.map(({ tags }) => tags)).toEqual([
      { team: 'checkout', tier: 'gold' },
      { critical: 'true' },
      { team: 'catalogue' },
    ]);
  });
});

describe('a threshold that would match nothing is refused with its place', () => {
  // Each is in quotes on line 45, from column 6 on.
  it.each([
    ['payy.errors rate < 1%', 0, 'unknown step "payy", did you mean "pay"?'],
    ['*.errors{target: ordrs} rate < 1%', 17, 'unknown target "ordrs", did you mean "orders"?'],
    ['*.errors{tag: teem} rate < 1%', 14, 'unknown tag "teem", did you mean "team"?'],
    ['*.errors{fault: stal} rate < 1%', 16, 'unknown fault "stal", did you mean "stall"?'],
    ['pay.errors{target: stock} rate < 1%', 19, 'step "pay" does not call target "stock"'],
    ['*.errors{tag: tier=silver} rate < 1%', 14, 'no step has the tag tier=silver'],
    ['pay.errors{tag: critical} rate < 1%', 16, 'step "pay" does not have the tag critical'],
    ['*.errors{target: orders, tag: critical} rate < 1%', 30, 'no step has the tag critical'],
    ['look.errors rate < 1%', 0, 'step "look" does not run in any measured phase'],
    ['*.errors{tag: team=catalogue} rate < 1%', 0, 'none of its steps runs in any measured phase'],
    ['*.errors{phase: warm-up} rate < 1%', 16, 'phase "warm-up" is not measured'],
    ['dropped{fault: early} count == 0', 15, 'fault "early" acts in phase "warm-up"'],
    ['*.rejected{tag: critical} count == 0', 0, 'none of its steps has a policy'],
    ['reserve.rejected count == 0', 0, 'step "reserve" has no policy'],
    ['pay.errors rate over 11s < 1%', 21, 'no measured phase lasts 11.0 s'],
    ['dropped rate over 60s < 1%', 18, 'no measured phase lasts 1m 00s'],
  ])('%s', (text, character, message) => {
    const [line, ...others] = refusalOf(withThreshold(text));
    expect(line).toContain(message);
    expect(line).toContain(`small.yaml:45:${6 + character})`);
    expect(others).toEqual([]);
  });

  it.each([
    ['*.errors{target: link} rate < 1%', 'The targets of this scenario: orders, stock.'],
    ['pay.errors{target: stock} rate < 1%', 'Name a target that is called: orders.'],
    ['*.errors{tag: tier=silver} rate < 1%', 'Its values there: gold.'],
    ['pay.errors rate over 11s < 1%', 'Write over 10s at most, or let the phase last longer.'],
  ])('%s: the fix is told', (text, hint) => {
    expect(errorOf(() => parse(withThreshold(text))).hint).toBe(hint);
  });

  it('and so is a fault of the name of the healthy time', () => {
    const text = withThreshold('dropped{fault: none} count == 0').replace(
      'name: stall',
      'name: none',
    );
    expect(refusalOf(text)[0]).toContain('fault: none is the healthy time, and there is a fault');
  });
});

describe('tags of a step', () => {
  const tagged = (tags: string): string => SHOP.replace('[critical]', tags);

  it.each([
    ['critical', 'must be a map of texts, or a list of names'],
    ['[1]', 'must be a map of texts, or a list of names'],
    ['{ a b: x }', 'must be a name'],
  ])('%s is refused', (tags, message) => {
    expect(refusalOf(tagged(tags))[0]).toContain(message);
  });
});
