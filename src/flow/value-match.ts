import { isDeepStrictEqual } from 'node:util';
import type { ValueMatch } from '../scenario/index.ts';
import type { Scope } from './scope.ts';
import { beginningOf, quoted } from './text-match.ts';
import { textOf, textRenderer, type RenderContext } from './text-renderer.ts';

/** Returns what was wanted of a value that is not so, `wanted ...`; '' for one that is. */
export type ValueCheck = (value: unknown, scope: Scope) => string;

/** Returns the check of a JSON value, undefined standing for one that is not there. */
export function valueCheck(match: ValueMatch, context: RenderContext): ValueCheck {
  const { equals, exists, contains, matches, min, max } = match;
  const checks: ValueCheck[] = [];
  if (exists !== undefined) {
    checks.push((value) => {
      if ((value !== undefined) === exists) return '';
      return exists ? 'wanted it there' : 'wanted nothing there';
    });
  }
  if (equals !== undefined) checks.push(equalCheck(equals, context));
  if (contains !== undefined) {
    checks.push((value) => {
      const isIn = Array.isArray(value)
        ? value.includes(contains)
        : textOf(value).includes(contains);
      return isIn ? '' : `wanted ${quoted(contains)} in it`;
    });
  }
  if (matches !== undefined) {
    const pattern = new RegExp(matches, 'u');
    checks.push((value) => (pattern.test(beginningOf(textOf(value))) ? '' : `wanted /${matches}/`));
  }
  if (min !== undefined) {
    checks.push((value) => (typeof value === 'number' && value >= min ? '' : `wanted >= ${min}`));
  }
  if (max !== undefined) {
    checks.push((value) => (typeof value === 'number' && value <= max ? '' : `wanted <= ${max}`));
  }
  return (value, scope) => {
    for (const check of checks) {
      const fault = check(value, scope);
      if (fault !== '') return fault;
    }
    return '';
  };
}

function equalCheck(equals: NonNullable<ValueMatch['equals']>, context: RenderContext): ValueCheck {
  const render = textRenderer(equals, context);
  const [only = 'null'] = equals;
  if (equals.length <= 1 && typeof only === 'string') {
    const wanted: unknown = JSON.parse(only);
    return (value) => (isEqual(value, wanted) ? '' : `wanted ${quoted(wanted)}`);
  }
  return (value, scope) => {
    const text = render(scope);
    // Of all but maps and lists, equal values have equal texts.
    if (JSON.stringify(value) === text) return '';
    const wanted: unknown = JSON.parse(text);
    return isEqual(value, wanted) ? '' : `wanted ${quoted(wanted)}`;
  };
}

function isEqual(value: unknown, wanted: unknown): boolean {
  return value === wanted || (typeof wanted === 'object' && isDeepStrictEqual(value, wanted));
}
