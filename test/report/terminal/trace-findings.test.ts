import { describe, expect, it } from 'vitest';
import type { Span } from '../../../src/core/index.ts';
import { renderTrace } from '../../../src/report/index.ts';
import { drawnTrace } from '../../spans/drawn-trace.ts';

describe('what the spans of a trace say together', () => {
  it('is what holds most of the critical path, and how much of it times do not tell', () => {
    const text = textOf(
      drawnTrace(`
#front/get     |--------------------|
  @part-a      |  -------------     |
  @part-b      |          --------- |`),
    );
    expect(text).toContain('critical path: front get 11.0 ms (55%), front part-b 9.00 ms (45%)');
    expect(text).toContain(
      '8.00 ms of it may belong to calls beside it: times do not tell what waited for what',
    );
  });

  it('is that a call was hedged', () => {
    const text = textOf(
      drawnTrace(`
#front/get     |-----------------|
  @!charge     | ---------       |
  @charge      |     -----       |
    #pay/post  |      ---        |`),
    );
    expect(text).toContain('attempt 1 of 2 (hedge)');
    expect(text).toContain('attempt 2 of 2 (hedge)');
  });

  it('is that one call is made over and over', () => {
    const calls = Array.from({ length: 10 }, (_, i) => `  @select |${' '.repeat(i * 3)}--|`);
    const text = textOf(drawnTrace([`#front/get |${'-'.repeat(30)}|`, ...calls].join('\n')));
    expect(text).toContain('call loop: 10 calls select one after another, 20.0 ms together');
  });

  it('is how much of the trace is not stored', () => {
    const whole = drawnTrace(`
front/get   |------------|
  call      | ---------- |
    inner   |  ----      |
  other     | --         |`);
    const without = (name: string): string => textOf(whole.filter((each) => each.name !== name));
    expect(textOf(whole)).not.toContain('incomplete');
    expect(without('call')).toContain('incomplete (66%): 1 span of which the parent is not stored');
    expect(without('get')).toContain(
      'incomplete (50%): its first span is not stored, 2 spans of which the parent is not stored',
    );
  });
});

/** In so wide a terminal that no sentence is wrapped. */
function textOf(spans: readonly Span[]): string {
  return renderTrace(spans, { color: false, width: 400 }).replaceAll(/ +/gu, ' ');
}
