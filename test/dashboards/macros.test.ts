import { describe, expect, it } from 'vitest';

import { expandMacros, type MacroContext } from '../../src/dashboards/index.ts';

const context: MacroContext = {
  fromMs: 1_700_000_000_500,
  toMs: 1_700_000_060_000,
  intervalSec: 2,
  variables: { run: '655d0a00c0ffee00', step: ['read', "it's"], instance: '127.0.0.1:9464' },
};

describe('expandMacros', () => {
  it.each([
    ['$__timeFilter(Time)', 'Time >= toDateTime(1700000000) AND Time <= toDateTime(1700000060)'],
    ['$__timeInterval(Time)', 'toStartOfInterval(toDateTime(Time), INTERVAL 2 second)'],
    ['$__fromTime', 'toDateTime(1700000000)'],
    ['$__toTime', 'toDateTime(1700000060)'],
    ['$__fromTime_ms', 'fromUnixTimestamp64Milli(1700000000500)'],
    ['$__toTime_ms', 'fromUnixTimestamp64Milli(1700000060000)'],
    ['count() / $__interval_s', 'count() / 2'],
    ['rate(x[$__rate_interval])', 'rate(x[4s])'],
    ['RunId = ${run:singlequote}', "RunId = '655d0a00c0ffee00'"],
    ['Step IN (${step:singlequote})', "Step IN ('read','it\\'s')"],
    ['{instance=~"${instance}"}', '{instance=~"127\\\\.0\\\\.0\\\\.1:9464"}'],
    ['{step=~"${step}"}', `{step=~"(read|it's)"}`],
  ])('%s', (query, expected) => {
    expect(expandMacros(query, context)).toBe(expected);
  });

  it('leaves a query without macros as it is', () => {
    expect(expandMacros("SELECT '$5' FROM t", context)).toBe("SELECT '$5' FROM t");
  });

  it.each([
    ['$__unknown(x)', /unknown macro \$__unknown/u],
    ['${absent:singlequote}', /asks for the variable absent/u],
    ['${run:json}', /unknown format of run/u],
    ['${__field.name}', /unknown form/u],
  ])('refuses %s', (query, message) => {
    expect(() => expandMacros(query, context)).toThrow(message);
  });
});
