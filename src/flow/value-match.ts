import {
  compareNumbers,
  exactNumber,
  isEqualJson,
  isNumeric,
  parseExactly,
} from '../core/index.ts';
import { compilePattern } from '../pattern/index.ts';
import type { ValueMatch } from '../scenario/index.ts';
import type { Scope } from './scope.ts';
import { beginningOf, cutShort, quoted } from './text-match.ts';
import { textOf, textRenderer, type RenderContext } from './text-renderer.ts';

/**
 * Returns what a value is not, `is not ...`, without showing it; '' for one that is as wanted. What
 * was wanted is shown as the scenario writes it, and not what was filled in.
 */
export type ValueCheck = (value: unknown, scope: Scope) => string;

/** Returns the check of a JSON value, undefined standing for one that is not there. */
export function valueCheck(match: ValueMatch, context: RenderContext): ValueCheck {
  const { equals, equalsText = '', exists, contains, matches, min, max } = match;
  const checks: ValueCheck[] = [];
  if (exists !== undefined) {
    checks.push((value) => {
      if ((value !== undefined) === exists) return '';
      return exists ? NOT_THERE : 'is there';
    });
  }
  if (equals !== undefined) {
    checks.push(equalCheck(equals, `is not ${cutShort(equalsText)}`, context));
  }
  if (contains !== undefined) {
    checks.push((value) => {
      const isIn = Array.isArray(value)
        ? value.includes(contains)
        : textOf(value).includes(contains);
      return isIn ? '' : `does not hold ${quoted(contains)}`;
    });
  }
  if (matches !== undefined) {
    const pattern = compilePattern(matches);
    checks.push((value) =>
      pattern.test(beginningOf(textOf(value))) ? '' : `does not match /${matches}/`,
    );
  }
  if (min !== undefined) {
    const least = exactNumber(min);
    checks.push((value) =>
      isNumeric(value) && compareNumbers(value, least) >= 0 ? '' : `is not >= ${min}`,
    );
  }
  if (max !== undefined) {
    const most = exactNumber(max);
    checks.push((value) =>
      isNumeric(value) && compareNumbers(value, most) <= 0 ? '' : `is not <= ${max}`,
    );
  }
  return (value, scope) => {
    for (const check of checks) {
      const problem = check(value, scope);
      if (problem !== '') return value === undefined ? NOT_THERE : problem;
    }
    return '';
  };
}

const NOT_THERE = 'is not there';

function equalCheck(
  equals: NonNullable<ValueMatch['equals']>,
  problem: string,
  context: RenderContext,
): ValueCheck {
  const render = textRenderer(equals, context);
  const [only = 'null'] = equals;
  if (equals.length <= 1 && typeof only === 'string') {
    const wanted = parseExactly(only);
    return (value) => (isEqualJson(value, wanted) ? '' : problem);
  }
  return (value, scope) => {
    const text = render(scope);
    // Of all but maps and lists, equal values have equal texts.
    if (JSON.stringify(value) === text) return '';
    return isEqualJson(value, parseExactly(text)) ? '' : problem;
  };
}
