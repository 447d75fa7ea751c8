import { describe, expect, test } from 'vitest';

import { NS_PER_MS, NS_PER_SEC as SEC } from '../../src/core/index.ts';
import { TOXIC_KINDS } from '../../src/toxics/index.ts';
import { errorOf, parse, refusalOf, SMALL } from './texts.ts';

/** A scenario with one proxy and these faults, each on a line of its own from line 17 on. */
function withFaults(...faults: readonly string[]): string {
  const lines = faults.map((fault) => `  - { ${fault} }\n`).join('');
  return `${SMALL}services: { api: { command: [node, api.ts] } }
proxies:
  p: { listen: "127.0.0.1:7203", upstream: "127.0.0.1:7103", protocol: http }
faults:
${lines}`;
}

function toxicOf(toxic: string): unknown {
  const text = withFaults(`name: f, proxy: p, toxic: { ${toxic} }`);
  return parse(text).faults[0]?.toxic;
}

const DURING = 'during: { phase: steady, from: 2s, for: 1s }';

describe('a toxic', () => {
  test('has its defaults, and durations in ns', () => {
    expect(toxicOf('type: latency, latency: 20ms')).toEqual({
      type: 'latency',
      stream: 'downstream',
      toxicity: 1,
      settings: { latencyNs: 20 * NS_PER_MS, jitterNs: 0 },
    });
  });

  test('has its share, direction, trigger and ramp', () => {
    const told =
      'type: reset_peer, timeout: 5ms, toxicity: 10%, stream: upstream, ramp: 2s, ' +
      'trigger: { first: 3, after: 10, window: { for: 1s } }';
    expect(toxicOf(told)).toEqual({
      type: 'reset_peer',
      stream: 'upstream',
      toxicity: 0.1,
      settings: { timeoutNs: 5 * NS_PER_MS },
      trigger: { first: 3, after: 10, window: { fromNs: 0, forNs: SEC } },
      rampNs: 2 * SEC,
    });
  });

  test('on requests says which of them', () => {
    const match =
      'methods: [post], path: "/api/**", headers: { X-Tenant: "a*" }, baggage: { u: x }';
    expect(toxicOf(`type: http_abort, status: 500, match: { ${match} }`)).toMatchObject({
      settings: { status: 500, body: '', headers: {} },
      match: {
        methods: ['POST'],
        path: '/api/**',
        headers: { 'x-tenant': 'a*' },
        baggage: { u: 'x' },
      },
    });
  });

  test.each([
    ['delay: 20ms', { distribution: 'constant', delayNs: 20 * NS_PER_MS }],
    ['from: 1ms, to: 2ms', { distribution: 'uniform', fromNs: NS_PER_MS, toNs: 2 * NS_PER_MS }],
    [
      'mean: 5ms, deviation: 1ms',
      {
        distribution: 'normal',
        meanNs: 5 * NS_PER_MS,
        deviationNs: NS_PER_MS,
        maxNs: 60 * SEC,
      },
    ],
    [
      'median: 20ms, sigma: 0.5, max: 1s',
      { distribution: 'lognormal', medianNs: 20 * NS_PER_MS, sigma: 0.5, maxNs: SEC },
    ],
    [
      'min: 10ms, shape: 1.5, max: 1s',
      { distribution: 'pareto', minNs: 10 * NS_PER_MS, shape: 1.5, maxNs: SEC },
    ],
  ])('draws a delay { %s }', (told, delay) => {
    const text = `type: http_delay, delay: { distribution: ${delay.distribution}, ${told} }`;
    expect(toxicOf(text)).toMatchObject({ settings: { delay } });
  });

  test('takes a delay from a stored run, which is read later', () => {
    const delay = '{ distribution: histogram, run: latest, step: pay, phase: steady }';
    const text = withFaults(`name: f, proxy: p, toxic: { type: http_delay, delay: ${delay} }`);
    expect(parse(text).faults[0]).toMatchObject({
      toxic: { settings: { delay: { distribution: 'histogram', valueNs: [], count: [] } } },
      measured: [
        { setting: 'delay', run: 'latest', step: 'pay', clock: 'service', phase: 'steady' },
      ],
    });
  });

  test.each([...TOXIC_KINDS.values()])('of type $type takes what its settings show', (kind) => {
    const settings = Object.values(kind.settings);
    const told = settings.map(({ name, example }) => `${name}: ${JSON.stringify(example)}`);
    const text = withFaults(
      `name: f, proxy: p, toxic: { ${[`type: ${kind.type}`, ...told].join(', ')} }`,
    );
    const [fault] = parse(text).faults;
    expect(Object.keys(fault?.toxic?.settings ?? {})).toEqual(Object.keys(kind.settings));
  });
});

describe('a fault', () => {
  test('without a time is there for the whole run', () => {
    const text = withFaults('name: wan, proxy: p, toxic: { type: latency, latency: 20ms }');
    expect(parse(text).faults[0]).not.toHaveProperty('during');
  });

  test('may come again and again', () => {
    const during = 'during: { phase: steady, from: 1s, for: 1s, every: 3s }';
    const text = withFaults(`name: f, proxy: p, toxic: { type: noop }, ${during}`);
    expect(parse(text).faults[0]?.during).toEqual({
      phase: 'steady',
      fromNs: SEC,
      durationNs: SEC,
      everyNs: 3 * SEC,
    });
  });

  test('of a service or a process pauses or kills it', () => {
    const during = { phase: 'steady', fromNs: 2 * SEC, durationNs: SEC };
    const text = withFaults(
      `name: a, service: api, do: pause, ${DURING}`,
      `name: b, pid: 4711, do: kill, signal: SIGTERM, ${DURING}`,
    );
    expect(parse(text).faults).toEqual([
      { name: 'a', process: { service: 'api' }, does: { kind: 'pause' }, during },
      { name: 'b', process: { pid: 4711 }, does: { kind: 'kill', signal: 'SIGTERM' }, during },
    ]);
  });
});

describe('a fault is refused', () => {
  const latency = 'toxic: { type: latency, latency: 1ms }';

  test.each([
    [
      'that ends past its phase',
      `name: f, proxy: p, ${latency}, during: { phase: steady, from: 8s, for: 3s }`,
      'the fault must end within phase "steady" (10.0 s), got an end at 11.0 s (faults[0].during.for',
    ],
    [
      'of an unknown phase',
      `name: f, proxy: p, ${latency}, during: { phase: stedy, for: 1s }`,
      'unknown phase "stedy", did you mean "steady"? (faults[0].during.phase',
    ],
    [
      'of an unknown proxy',
      `name: f, proxy: q, ${latency}`,
      'unknown proxy "q", did you mean "p"? (faults[0].proxy',
    ],
    [
      'of an unknown service',
      `name: f, service: apy, do: pause, ${DURING}`,
      'unknown service "apy", did you mean "api"? (faults[0].service',
    ],
    [
      'that repeats itself before it is over',
      `name: f, proxy: p, ${latency}, during: { phase: steady, for: 2s, every: 1s }`,
      'every must be more than for, got "1s" (faults[0].during.every',
    ],
    [
      'that comes too often',
      `name: f, proxy: p, ${latency}, during: { phase: steady, for: 1ms, every: 2ms }`,
      'the fault must come 1000 times at most, got 5000 (faults[0].during.every',
    ],
    ['of no place', `name: f, ${latency}`, 'faults[0] must have one of proxy, service and pid ('],
    [
      'of two places',
      `name: f, proxy: p, service: api, ${latency}`,
      'faults[0] must have one of proxy, service and pid (',
    ],
    ['in a proxy without a toxic', 'name: f, proxy: p', 'toxic is missing (faults[0]'],
    [
      'of a service without a time',
      'name: f, service: api, do: kill',
      'during is missing (faults[0]',
    ],
    [
      'with a signal for a pause',
      `name: f, service: api, do: pause, signal: TERM, ${DURING}`,
      'faults[0] must have do: kill beside signal (',
    ],
    [
      'of a process of no id',
      `name: f, pid: 1, do: pause, ${DURING}`,
      'pid must be a whole number from 2 to 2147483647, got 1 (faults[0].pid',
    ],
  ])('%s', (_, fault, line) => {
    expect(refusalOf(withFaults(fault))).toEqual([expect.stringContaining(line)]);
  });

  test('that acts on a process on which another does', () => {
    const during = 'during: { phase: steady, from: 2500ms, for: 1s }';
    const text = withFaults(
      `name: a, service: api, do: pause, ${DURING}`,
      `name: b, service: api, do: kill, ${during}`,
    );
    expect(refusalOf(text)).toEqual([
      expect.stringContaining(
        'faults of one process must not overlap, got "b" during "a" on "api"',
      ),
    ]);
  });

  test.each([
    ['a repetition that meets it', 'steady', '4s', ', every: 2s', 'steady', '8s', true],
    ['a repetition that passes it by', 'steady', '0s', ', every: 3s', 'steady', '5s', false],
    ['a step of the same staircase', 'climb', '6s', '', 'climb@20/s', '1s', true],
    ['another step of it', 'climb', '6s', '', 'climb@10/s', '1s', false],
  ])('or not, beside %s', (_, phase, from, every, otherPhase, otherFrom, isRefused) => {
    const stairs = 'steps: { from: 10/s, to: 20/s, by: 10/s, each: 5s }';
    const text = withFaults(
      `name: a, service: api, do: pause, during: { phase: ${phase}, from: ${from}, for: 1500ms${every} }`,
      `name: b, service: api, do: pause, during: { phase: ${otherPhase}, from: ${otherFrom}, for: 500ms }`,
    ).replace('load:\n', `load:\n  - { phase: climb, arrivals: { ${stairs} } }\n`);
    const refused = isRefused ? [expect.stringContaining('got "b" during "a" on "api"')] : [];
    expect(isRefused ? refusalOf(text) : []).toEqual(refused);
    if (!isRefused) expect(parse(text).faults).toHaveLength(2);
  });

  test('whose window of time begins when it is over', () => {
    const trigger = 'trigger: { window: { from: 1s, for: 1s } }';
    const text = withFaults(`name: f, proxy: p, toxic: { type: noop, ${trigger} }, ${DURING}`);
    expect(refusalOf(text)).toEqual([
      expect.stringContaining("from must be less than the fault's for (1.00 s), got 1.00 s"),
    ]);
  });

  test('with an example of its own sort', () => {
    const text = withFaults(`name: f, service: api, do: pause, signal: TERM, ${DURING}`);
    expect(errorOf(() => parse(text)).hint).toContain('"service":"payment"');
  });

  test('in a proxy that nothing goes through', () => {
    const text = withFaults(`name: f, proxy: p, ${latency}`).replace(
      'listen: "127.0.0.1:7203", ',
      '',
    );
    expect(refusalOf(text)).toEqual([
      'nothing goes through proxy "p": its faults would change nothing (proxies.p, small.yaml:15:3)',
    ]);
  });

  test.each([
    [
      'an unknown toxic',
      'type: latncy',
      'did you mean "latency"?, got "latncy" (faults[0].toxic.type',
    ],
    [
      'the name that a toxic had before',
      'type: reset, after: 5ms',
      'type must be reset_peer, with timeout in place of after, got "reset" (faults[0].toxic.type',
    ],
    [
      'a key of another toxic',
      'type: reset_peer, jitter: 5ms',
      'unknown key "jitter" (faults[0].toxic.jitter',
    ],
    [
      'a match where there are no requests',
      'type: latency, latency: 1ms, match: { path: / }',
      'unknown key "match" (faults[0].toxic.match',
    ],
    ['an amount left out', 'type: latency', 'latency is missing (faults[0].toxic'],
    [
      'more jitter than latency',
      'type: latency, latency: 1ms, jitter: 2ms',
      'jitter must be no more than latency, got "2ms" (faults[0].toxic.jitter',
    ],
    [
      'a status that is none',
      'type: http_abort, status: 99',
      'status must be a whole number from 200 to 599, got 99 (faults[0].toxic.status',
    ],
    [
      'a header that says where a message ends',
      'type: http_headers, set: { Content-Length: "3" }',
      'they say where a message ends, got "Content-Length" (faults[0].toxic.set.Content-Length',
    ],
    [
      'a header whose name is none',
      'type: http_headers, remove: [x-a, "no token"]',
      'remove must be a header name that HTTP allows, got "no token" (faults[0].toxic.remove[1]',
    ],
    [
      'a trigger that says nothing',
      'type: noop, trigger: {}',
      'trigger must say first, every, after or window (faults[0].toxic.trigger',
    ],
    [
      'a trace id that is none',
      'type: http_abort, match: { trace: abc }',
      'trace must be a trace id of 32 lower-case hex digits, in quotes, got "abc"',
    ],
    [
      'an unknown distribution',
      'type: http_delay, delay: { distribution: gamma }',
      'distribution must be constant, uniform, normal, lognormal, pareto or histogram, got "gamma"',
    ],
    [
      'a median past its bound',
      'type: http_delay, delay: { distribution: lognormal, median: 2s, sigma: 1, max: 1s }',
      'median must be no more than max (1m unless told), got "2s" (faults[0].toxic.delay.median',
    ],
    [
      'a median past the bound that was not told',
      'type: http_delay, delay: { distribution: lognormal, median: 2m, sigma: 1 }',
      'median must be no more than max (1m unless told), got "2m" (faults[0].toxic.delay.median',
    ],
    [
      'a share without its unit',
      'type: noop, toxicity: 0.3',
      'toxicity must name its unit, such as 30%, got 0.3',
    ],
    [
      'a delay without its unit',
      'type: latency, latency: 250',
      'latency must name its unit, such as 250ms, got 250',
    ],
    [
      'a size below none',
      'type: limit_data, bytes: -3',
      'bytes must be a size such as 64KB, 1MiB or a whole number of bytes, got -3',
    ],
    [
      'a path that no request has',
      'type: http_abort, match: { path: api/** }',
      'path must be a pattern of a path, which begins with / or **, got "api/**"',
    ],
    [
      'headers to match that name none',
      'type: http_abort, match: { headers: {} }',
      'headers must name one at least (faults[0].toxic.match.headers',
    ],
    [
      'edits that change nothing',
      'type: http_headers, set: {}',
      'toxic http_headers must have one of remove, set, add: it would change nothing (faults[0].toxic.type',
    ],
    [
      'a body of an answer that has none',
      'type: http_abort, status: 204, body: x',
      'body must be left out, as an answer with status 204 has none, got "x" (faults[0].toxic.body',
    ],
    [
      'a header that is none',
      'type: http_headers, set: { "x y": a }',
      'set must be a header name that HTTP allows, got "x y" (faults[0].toxic.set',
    ],
    [
      'a header value that is none',
      'type: http_headers, set: { x: "a\\nb" }',
      'x must be a header value: without line breaks and control characters, up to Latin-1',
    ],
    [
      'an unknown key of a distribution',
      'type: http_delay, delay: { distribution: constant, delay: 1ms, maks: 1s }',
      'unknown key "maks"',
    ],
    ['no delay where there is no default', 'type: http_delay', 'delay is missing (faults[0].toxic'],
  ])('for %s', (_, toxic, line) => {
    const text = withFaults(`name: f, proxy: p, toxic: { ${toxic} }`);
    expect(refusalOf(text)).toEqual([expect.stringContaining(line)]);
  });

  test('for a ramp that is longer than the fault', () => {
    const text = withFaults(
      `name: f, proxy: p, toxic: { type: latency, latency: 1ms, ramp: 2s }, ${DURING}`,
    );
    expect(refusalOf(text)).toEqual([
      expect.stringContaining("ramp must be no more than the fault's for (1.00 s), got 2.00 s"),
    ]);
  });

  test('for requests in a proxy that does not read them', () => {
    const text = withFaults('name: f, proxy: p, toxic: { type: http_abort }').replace(
      ', protocol: http',
      '',
    );
    const error = errorOf(() => parse(text));
    expect(error.message).toContain(
      'toxic http_abort works on requests, and proxy "p" does not read them (faults[0].toxic.type',
    );
    expect(error.hint).toContain('Add protocol: http to proxies.p');
  });
});
