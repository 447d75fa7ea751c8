import { describe, expect, it } from 'vitest';
import { PROPAGATION_FORMATS } from '../../src/trace/index.ts';
import { changed, parse, refusalOf, SMALL } from './texts.ts';

const URL_LINE = 'orders: { url: "http://127.0.0.1:7101" }';

function withTarget(more: string, text = SMALL): string {
  return changed(URL_LINE, `orders: { url: "http://127.0.0.1:7101", ${more} }`, text);
}

const withTrace = (formats: string): string => `${SMALL}trace: { propagate: ${formats} }\n`;

function withHeader(name: string, text = SMALL): string {
  return changed('path: /api/orders', `path: /, headers: { ${name}: x }`, text);
}

describe('the formats of the trace context', () => {
  it('are W3C alone where the file does not say', () => {
    const { trace, targets } = parse(SMALL);
    expect(trace.propagate).toEqual(['w3c']);
    expect(targets[0]).not.toHaveProperty('propagate');
  });

  it('are said for all targets, and for one', () => {
    const all = `[${PROPAGATION_FORMATS.join(', ')}]`;
    const { trace, targets } = parse(withTarget('propagate: [b3]', withTrace(all)));
    expect(trace.propagate).toEqual(PROPAGATION_FORMATS);
    expect(targets[0]?.propagate).toEqual(['b3']);
  });

  it.each([
    [
      withTrace('[w3c, b3mulit]'),
      'propagate[1] must be one of w3c, b3, b3multi, jaeger, xray, datadog, did you mean "b3multi"?, got "b3mulit" (trace.propagate[1], ',
    ],
    [withTrace('[zipkin]'), 'xray, datadog, got "zipkin" (trace.propagate[0], '],
    [withTrace('[b3, w3c, b3]'), 'propagate[2] must stand once in the list, got "b3"'],
    [withTrace('[]'), 'propagate must name at least one format'],
    [withTrace('b3'), 'propagate must be a list of formats, got "b3"'],
    [
      withTarget('propagate: [datadg]'),
      'did you mean "datadog"?, got "datadg" (targets.orders.propagate[0], ',
    ],
  ])('%# are refused', (text, message) => {
    const lines = refusalOf(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(message);
  });
});

describe('a header of the trace context in a step', () => {
  it.each([
    ['traceparent', SMALL],
    ['Traceparent', SMALL],
    ['B3', withTrace('[b3]')],
    ['X-B3-SpanId', withTarget('propagate: [b3multi]')],
    ['x-datadog-tags', withTarget('propagate: [w3c, datadog]')],
  ])('%s is refused where the calls of its target carry it', (name, text) => {
    const lines = refusalOf(withHeader(name, text));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(
      `key "${name}" must not be set here: callgauge sends this header itself (flows.checkout[0].http.headers.${name}, `,
    );
  });

  it('is refused in the metadata of gRPC too', () => {
    const step = 'grpc: { method: shop.Orders/Create, metadata: { uber-trace-id: x } }';
    const text = changed('http: { path: /api/orders }', step, withTrace('[jaeger]'));
    expect(refusalOf(text)[0]).toContain('key "uber-trace-id" must not be set here');
  });

  it.each([
    ['b3', SMALL],
    ['traceparent', withTarget('propagate: [b3]')],
    ['baggage', withTrace('[w3c, b3]')],
    ['tracestate', SMALL],
  ])('%s is the own of the step where they do not', (name, text) => {
    const [flow] = parse(withHeader(name, text)).flows;
    expect(flow?.steps).toMatchObject([{ call: { request: { headers: [[name, 'x']] } } }]);
  });
});
