import type { JsonValue } from 'jsonpath-rfc9535';
import { jsonPathLibrary, jsonPathParserLibrary } from './vendor-libraries.ts';

/** Returns the first value that a JSON path leads to, undefined where it leads to none. */
export type JsonPath = (value: unknown) => unknown;

/**
 * Returns the reader of a JSON path (RFC 9535), undefined for a text that is none. A path of names
 * and indices alone, `$.items[0].id` say, is walked directly; any other goes through the general
 * evaluator, which reads the path anew each time and is some ten times as slow.
 */
export function jsonPath(text: string): JsonPath | undefined {
  const walk = plainSteps(text);
  if (walk === 'none') return undefined;
  if (walk === 'general') {
    const { query } = jsonPathLibrary();
    return (value) => query(value as JsonValue, text)[0];
  }
  return (value) => {
    let at = value;
    for (const step of walk) at = typeof step === 'number' ? itemOf(at, step) : memberOf(at, step);
    return at;
  };
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
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** A negative index counts from the end. */
function itemOf(value: unknown, index: number): unknown {
  return Array.isArray(value) ? (value.at(index) as unknown) : undefined;
}
