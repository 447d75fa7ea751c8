import { describe, expect, it } from 'vitest';
import { renderTrace } from '../../src/report/index.ts';
import { expectGolden } from '../golden/golden.ts';
import { span } from './sample-runs.ts';
import { shopTrace } from './sample-trace.ts';

const PLAIN = { color: false, width: 100 };

describe('a trace as a tree', () => {
  it('is as the golden file has it', () => {
    expectGolden('trace-shop', renderTrace(shopTrace(), PLAIN));
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
