import type { JsonValue } from 'jsonpath-rfc9535';
import { isExactNumber } from '../core/index.ts';
import { isNativelyLinear } from '../pattern/index.ts';
import { jsonPathLibrary, jsonPathParserLibrary } from './vendor-libraries.ts';

/**
 * Returns the first value that a JSON path leads to, undefined where it leads to none. `plain`
 * returns the same value with doubles for exact numbers, as filters compare them.
 */
export type JsonPath = (value: unknown, plain?: () => unknown) => unknown;

/**
 * Returns the reader of a JSON path (RFC 9535), undefined for an invalid text. A path of names
 * and indices alone, `$.items[0].id` say, is walked directly; any other goes through the general
 * evaluator, which reads the path anew each time and is some ten times as slow.
 */
export function jsonPath(text: string): JsonPath | undefined {
  const walk = plainSteps(text);
  if (walk === 'none') return undefined;
  if (walk === 'general') {
    const { query, paths } = jsonPathLibrary();
    return (value, plain) => {
      const doubles = plain?.() ?? value;
      if (doubles === value) return query(value as JsonValue, text)[0];
      const [found] = paths(doubles as JsonValue, text);
      const steps = found === undefined ? 'none' : plainSteps(found);
      return typeof steps === 'string' ? undefined : walked(value, steps);
    };
  }
  return (value) => walked(value, walk);
}

/**
 * Returns why a path may not be used; undefined where it may. The evaluator matches the patterns of
 * `match` and `search` with JavaScript's own engine: they must be such that it takes linear time,
 * and stand in the path, not in the answer.
 */
export function filterProblem(text: string): string | undefined {
  if (!/match|search/u.test(text)) return undefined;
  const { default: parse } = jsonPathParserLibrary();
  for (const call of callsIn(parse(text))) {
    const [, pattern] = call.arguments;
    if (typeof pattern?.value !== 'string' || pattern.type !== 'Literal') {
      return `takes the pattern of ${call.name}() from the answer`;
    }
    const whole = call.name === 'match' ? `^${pattern.value}$` : pattern.value;
    if (!isNativelyLinear(whole)) {
      return `has a pattern in ${call.name}() that can take very long: ${JSON.stringify(pattern.value)}`;
    }
  }
  return undefined;
}

interface FilterCall {
  readonly name: 'match' | 'search';
  readonly arguments: readonly { readonly type?: unknown; readonly value?: unknown }[];
}

/** The calls of `match` and `search`, anywhere in the tree of a path. */
function callsIn(tree: unknown): readonly FilterCall[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const inner = Object.values(tree).flatMap(callsIn);
  return isFilterCall(tree) ? [tree, ...inner] : inner;
}

function isFilterCall(node: object): node is FilterCall {
  return (
    'type' in node &&
    node.type === 'FunctionExpr' &&
    'name' in node &&
    (node.name === 'match' || node.name === 'search')
  );
}

function walked(value: unknown, steps: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of steps) at = typeof step === 'number' ? itemOf(at, step) : memberOf(at, step);
  return at;
}

function plainSteps(text: string): readonly (string | number)[] | 'general' | 'none' {
  const { default: parse } = jsonPathParserLibrary();
  try {
    const steps: (string | number)[] = [];
    for (const segment of parse(text).segments) {
      if (segment.type !== 'ChildSegment') return 'general';
      const { node } = segment;
      const only = node.type === 'BracketedSelection' ? node.selectors : [node];
      const [selector] = only;
      if (only.length !== 1 || !selector || !('value' in selector)) return 'general';
      if (typeof selector.value !== 'string' && typeof selector.value !== 'number')
        return 'general';
      steps.push(selector.value);
    }
    return steps;
  } catch {
    // The grammar throws for whatever is no JSON path; nothing else can fail here.
    return 'none';
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (isExactNumber(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** A negative index counts from the end. */
function itemOf(value: unknown, index: number): unknown {
  return Array.isArray(value) ? (value.at(index) as unknown) : undefined;
}
