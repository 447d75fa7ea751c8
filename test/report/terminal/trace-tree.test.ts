import { describe, expect, it } from 'vitest';
import { renderTrace } from '../../../src/report/index.ts';
import { expectGolden } from '../../golden/golden.ts';
import { span } from '../sample-runs.ts';
import { failedTrace, shopTrace } from '../sample-trace.ts';

const PLAIN = { color: false, width: 100 };

describe('a trace as a tree', () => {
  it('is as the golden file has it', () => {
    expectGolden('trace-shop', renderTrace(shopTrace(), PLAIN));
  });

  it('says where clocks differ, where times cannot be, and shows both spans of a shared id', () => {
    const from = span({}).startEpochNs;
    const trace = [
      span({ spanId: '1', name: 'root', serviceName: 'front', durationNs: 50_000_000n }),
      span({
        spanId: '2',
        parentSpanId: '1',
        name: 'get /stock',
        serviceName: 'front',
        startEpochNs: from + 1_000_000n,
        durationNs: 40_000_000n,
      }),
      span({
        spanId: '2',
        parentSpanId: '1',
        name: 'get /stock',
        kind: 'Server',
        serviceName: 'stock',
        startEpochNs: from - 3_600_000_000_000n,
        durationNs: 20_000_000n,
      }),
      span({
        spanId: '3',
        parentSpanId: '2',
        name: 'select',
        kind: 'Internal',
        serviceName: 'stock',
        startEpochNs: from - 3_600_000_000_000n,
        durationNs: -7_000_000n,
      }),
    ];
    expectGolden('trace-odd', renderTrace(trace, PLAIN));
  });

  it.each([80, 120])('that failed is as the golden file has it, in %i columns', (width) => {
    const text = renderTrace(failedTrace(), { color: false, width });
    expectGolden(`trace-failed-${width}`, text);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
  });

  it('marks what failed and says why, however deep, long or narrow', () => {
    const depth = 60;
    const message = `the card was declined by ${'a very long bank '.repeat(20)}in the end`;
    const chain = Array.from({ length: depth }, (_, i) =>
      span({
        spanId: String(i),
        parentSpanId: i === 0 ? '' : String(i - 1),
        serviceName: `service-with-a-long-name-${i}`,
        name: `POST /api/with/a/long/path/${i}`,
        status: 'Error',
        ...(i === depth - 1 ? { statusMessage: message } : {}),
      }),
    );
    const lines = renderTrace(chain, { color: false, width: 80 }).split('\n');
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => /^ {2}✗ .*service-/u.test(line))).toHaveLength(depth);
    expect(lines.join(' ').replaceAll(/ +/gu, ' ')).toContain(message);
  });

  it('says where a failure began: below the attempt that was the last', () => {
    const text = renderTrace(failedTrace(), { color: false, width: 400 });
    expect(text).toContain(
      '✗ status 502, from payment-service-of-the-northern-region  POST /v2/authorisations/{id}: ' +
        'java.net.SocketTimeoutException: Read timed out after 40 ms: bank.example:443',
    );
    expect(renderTrace(shopTrace(), PLAIN)).not.toMatch(/^✗/mu);
  });

  it('shows some of many events, and says how many more there are', () => {
    const events = Array.from({ length: 30 }, (_, i) => ({
      epochNs: 0n,
      name: i === 29 ? 'exception' : `tick-${i}`,
      attributes: { 'exception.message': 'out of luck' },
    }));
    const text = renderTrace([span({ events })], PLAIN);
    expect(text).toContain('exception  out of luck');
    expect(text).toContain('tick-6');
    expect(text).not.toContain('tick-7 ');
    expect(text).toContain('… 22 more events: --json has all');
  });

  it('does not depend on the order in which the spans came', () => {
    const turned = shopTrace().toReversed();
    expect(renderTrace(turned, PLAIN)).toBe(renderTrace(shopTrace(), PLAIN));
  });

  it('shows a span once that came twice', () => {
    const twice = [...shopTrace(), ...shopTrace()];
    expect(renderTrace(twice, PLAIN)).toBe(renderTrace(shopTrace(), PLAIN));
  });

  it('shows spans that are each other\u2019s parent, and ends', () => {
    const text = renderTrace(
      [
        span({ spanId: 'a', parentSpanId: 'b', name: 'one' }),
        span({ spanId: 'b', parentSpanId: 'a', name: 'two' }),
        span({ spanId: 'c', parentSpanId: 'c', name: 'three' }),
      ],
      PLAIN,
    );
    for (const name of ['one', 'two', 'three']) expect(text).toContain(name);
  });

  it('holds a chain of calls deeper than any stack', () => {
    const chain = Array.from({ length: 3_000 }, (_, i) =>
      span({ spanId: String(i), parentSpanId: i === 0 ? '' : String(i - 1), name: `s${i}` }),
    );
    expect(renderTrace(chain, PLAIN).split('\n').length).toBeGreaterThan(3_000);
  });

  it('does not let a service write to the terminal', () => {
    const text = renderTrace(
      [span({ name: 'GET /\u001b[2J', status: 'Error', statusMessage: 'bad\nline\u0007' })],
      PLAIN,
    );
    for (const control of ['\u0007', '\u001b']) expect(text).not.toContain(control);
    expect(text).toContain('bad·line·');
  });

  it('of no spans is a sentence', () => {
    expect(renderTrace([], PLAIN)).toBe('the trace has no spans\n');
  });
});
