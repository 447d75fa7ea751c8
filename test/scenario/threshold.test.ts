import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EVENT_AGGREGATES, parseThreshold, TIME_AGGREGATES } from '../../src/scenario/index.ts';

const TIMES = Object.keys(TIME_AGGREGATES).join(', ');

const percentile = (percent: number): object => ({ kind: 'percentile', percent });

describe('a threshold', () => {
  test.each([
    [
      'create-order.response p(99.9) < 300ms',
      {
        step: 'create-order',
        metric: 'response',
        aggregate: percentile(99.9),
        operator: '<',
        limit: 300_000_000,
      },
    ],
    [
      'create-order.service p( 50 )<=1.5s',
      {
        step: 'create-order',
        metric: 'service',
        aggregate: percentile(50),
        operator: '<=',
        limit: 1_500_000_000,
      },
    ],
    [
      'a.response p99 < 300ms',
      {
        step: 'a',
        metric: 'response',
        aggregate: percentile(99),
        operator: '<',
        limit: 300_000_000,
      },
    ],
    [
      'a.service{phase: steady} p99.9<=1s',
      {
        step: 'a',
        metric: 'service',
        phase: 'steady',
        aggregate: percentile(99.9),
        operator: '<=',
        limit: 1_000_000_000,
      },
    ],
    [
      'a.errors rate < 0.1%',
      { step: 'a', metric: 'errors', aggregate: { kind: 'rate' }, operator: '<', limit: 0.001 },
    ],
    [
      'connect-errors count == 0',
      {
        step: '',
        metric: 'connect-errors',
        aggregate: { kind: 'count' },
        operator: '==',
        limit: 0,
      },
    ],
    [
      'payment.connect-errors rate <= 1%',
      {
        step: 'payment',
        metric: 'connect-errors',
        aggregate: { kind: 'rate' },
        operator: '<=',
        limit: 0.01,
      },
    ],
    [
      'a.errors count == 0',
      { step: 'a', metric: 'errors', aggregate: { kind: 'count' }, operator: '==', limit: 0 },
    ],
    [
      'a.timeouts count != 3',
      { step: 'a', metric: 'timeouts', aggregate: { kind: 'count' }, operator: '!=', limit: 3 },
    ],
    [
      'dropped count == 0',
      { step: '', metric: 'dropped', aggregate: { kind: 'count' }, operator: '==', limit: 0 },
    ],
    [
      'dropped rate <= 1%',
      { step: '', metric: 'dropped', aggregate: { kind: 'rate' }, operator: '<=', limit: 0.01 },
    ],
    [
      'lag p(99) < 5ms',
      { step: '', metric: 'lag', aggregate: percentile(99), operator: '<', limit: 5_000_000 },
    ],
    [
      'a.response max >= 1ms',
      {
        step: 'a',
        metric: 'response',
        aggregate: { kind: 'max' },
        operator: '>=',
        limit: 1_000_000,
      },
    ],
    [
      'a.response{phase: steady} p(99) < 250ms',
      {
        step: 'a',
        phase: 'steady',
        metric: 'response',
        aggregate: percentile(99),
        operator: '<',
        limit: 250_000_000,
      },
    ],
    [
      '  a.response { phase:steady }avg > 1us ',
      {
        step: 'a',
        phase: 'steady',
        metric: 'response',
        aggregate: { kind: 'avg' },
        operator: '>',
        limit: 1_000,
      },
    ],
  ])('%s', (text, spec) => {
    expect(parseThreshold(text)).toEqual({ phase: '', ...spec, text: text.trim() });
  });

  test('p(100) is the highest percentile', () => {
    expect(parseThreshold('a.response p(100) < 1s')).toMatchObject({ aggregate: percentile(100) });
  });
});

describe('what is none, and at which character', () => {
  test.each([
    ['', 0, 'unknown subject "" of a threshold'],
    ['droped count == 0', 0, 'unknown subject "droped" of a threshold, did you mean "dropped"?'],
    ['a.latency p(99) < 1s', 2, 'unknown metric "latency" of step "a"'],
    ['a.respons p(99) < 1s', 2, 'unknown metric "respons" of step "a", did you mean "response"?'],
    ['a.response p(101) < 1s', 13, 'percentile must be > 0 and <= 100, got 101'],
    ['a.response p(0) < 1s', 13, 'percentile must be > 0 and <= 100, got 0'],
    ['a.response p(-1) < 1s', 13, 'percentile must be > 0 and <= 100, got -1'],
    ['a.response p() < 1s', 13, 'percentile must be > 0 and <= 100, got nothing'],
    ['a.response p(x) < 1s', 13, 'percentile must be > 0 and <= 100, got x'],
    ['a.response pp99 < 1s', 11, `a time needs ${TIMES} or p(N), got "pp99"`],
    ['a.response p101 < 1s', 12, 'percentile must be > 0 and <= 100, got 101'],
    ['a.response p99,9 < 1s', 12, 'percentile must be > 0 and <= 100, got 99,9'],
    ['a.response rate < 1%', 11, `a time needs ${TIMES} or p(N), got "rate"`],
    ['a.errors p(99) < 1s', 9, 'events need rate or count, got "p(99)"'],
    ['a.response p(99) = 1s', 17, 'operator must be one of < <= > >= == !=, got "="'],
    ['a.response p(99) 1s', 17, 'operator must be one of < <= > >= == !=, got "1s"'],
    ['a.response p(99) < 300', 19, 'limit must be a duration with its unit, got "300"'],
    ['a.response p(99) < 3%', 19, 'limit must be a duration with its unit, got "3%"'],
    ['a.errors rate < 0.1', 16, 'limit must be a percentage from 0% to 100%, got "0.1"'],
    ['a.errors rate < 101%', 16, 'limit must be a percentage from 0% to 100%, got "101%"'],
    ['a.errors count < 5ms', 17, 'limit must be a whole number, got "5ms"'],
    ['a.errors count < 1.5', 17, 'limit must be a whole number, got "1.5"'],
    [
      'a.response p(99) < 1s and more',
      19,
      'limit must be a duration with its unit, got "1s and more"',
    ],
  ])('%s', (text, character, message) => {
    expect(parseThreshold(text)).toMatchObject({ character, message });
  });

  test('law: any text is a threshold, or a fault inside it', () => {
    const part = fc.constantFrom(
      'a',
      '.response',
      '.errors',
      ' p(',
      '99',
      ')',
      ' rate',
      ' < ',
      '1s',
      '1%',
      '{',
      '}',
      'phase: x',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((p) => p.join('')),
        ),
        (text) => {
          const read = parseThreshold(text);
          if ('text' in read) return;
          expect(read.character).toBeGreaterThanOrEqual(0);
          expect(read.character).toBeLessThanOrEqual(text.length);
          expect(read.message).not.toBe('');
        },
      ),
    );
  });
});

describe('the aggregates of thresholds', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/scenario.md'), 'utf8');

  test.each([
    ...Object.entries(TIME_AGGREGATES).map(([name, says]) => [name, 'times', says] as const),
    ...Object.entries(EVENT_AGGREGATES).map(([name, says]) => [name, 'events', says] as const),
  ])('%s are in the reference', (name, of, says) => {
    expect(page).toContain(`| \`${name}\` | ${of} | ${says} |`);
  });

  test('are all read, each with a limit of its kind', () => {
    for (const name of Object.keys(TIME_AGGREGATES)) {
      expect(parseThreshold(`a.response ${name} < 1s`)).toMatchObject({
        aggregate: { kind: name },
      });
    }
    expect(parseThreshold('a.errors rate < 1%')).toMatchObject({ limit: 0.01 });
    expect(parseThreshold('a.errors count < 3')).toMatchObject({ limit: 3 });
  });
});
