import { formatDuration, HarnessError, type Ns } from '../core/index.ts';
import type { CaptureSpec, ChecksSpec, StepSpec } from '../scenario/index.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Answer } from './answer.ts';
import { jsonPath, type JsonPath } from './json-path.ts';
import { schemaCheck } from './schema-check.ts';
import { segmentFault } from './path-segment.ts';
import type { Scope } from './scope.ts';
import { beginningOf, textCheck } from './text-match.ts';
import { slotOf } from './names.ts';
import type { RenderContext } from './text-renderer.ts';
import { valueCheck } from './value-match.ts';
import { pathFault } from './whole-path.ts';

/** Longest text of a failed check. */
const FAULT_CHARACTERS_MAX = 200;

/**
 * Judges an answer with an accepted status: returns '' where it passes every check, after its
 * captures are in the scope, or else the first check that failed, `check json $.ok: is not true` say,
 * 200 characters at most. It is counted, stored and shown: nothing of the answer is in it, which would make
 * every failure one of its own and might be a secret. `answer` is undefined where the step reads none.
 */
export type Judge = (answer: Answer | undefined, durationNs: Ns, scope: Scope) => string;

/** One of the checks and captures of a step, in their order; returns '' where it has passed. */
type Part = (reader: AnswerReader, durationNs: Ns, scope: Scope) => string;

/** What is needed to compile a step's checks. */
export interface JudgeContext extends RenderContext {
  /** Returns the text of a file that the scenario names. */
  readonly fileText: (path: string) => string;
}

/**
 * Returns the judge of a step; undefined for one without checks and captures.
 * @throws SCENARIO_INVALID for a JSON path or a schema that is none.
 */
export function judgeOf(step: StepSpec, context: JudgeContext): Judge | undefined {
  const { checks, captures = [] } = step;
  const parts = [
    ...(checks ? checkParts(checks, context) : []),
    ...captures.map((capture) => capturePart(capture, context)),
  ];
  if (parts.length === 0) return undefined;
  const reader = new AnswerReader();
  return (answer, durationNs, scope) => {
    reader.begin(answer);
    try {
      for (const part of parts) {
        const fault = part(reader, durationNs, scope);
        if (fault !== '') return fault.slice(0, FAULT_CHARACTERS_MAX);
      }
    } catch (error) {
      // A target may send JSON that is nested more deeply than the stack can follow.
      if (error instanceof RangeError) return 'check: the answer is nested too deeply';
      throw error;
    }
    return '';
  };
}

/** Returns whether a step looks at the fields of its answers. */
export function readsFields({ checks, captures = [] }: StepSpec): boolean {
  return (checks?.headers.length ?? 0) > 0 || captures.some(({ from }) => from === 'header');
}

/** Returns whether a judge looks at the fields or the body of an answer. */
export function readsAnswer({ checks, captures = [] }: StepSpec): boolean {
  if (captures.length > 0) return true;
  if (!checks) return false;
  const { headers, json, body, schema } = checks;
  return (
    headers.length > 0 || json.length > 0 || Object.keys(body).length > 0 || schema !== undefined
  );
}

/** The cheap ones first: what fails there need not be read. */
function checkParts(checks: ChecksSpec, context: JudgeContext): Part[] {
  const { durationNs: longestNs } = checks;
  const duration: Part[] =
    longestNs === undefined
      ? []
      : [
          (_, durationNs) =>
            durationNs <= longestNs
              ? ''
              : `check duration: longer than ${formatDuration(longestNs)}`,
        ];
  const headers = checks.headers.map(({ name, wanted }): Part => {
    const check = textCheck(wanted);
    return (reader) => {
      const value = reader.header(name);
      if (value === undefined) return `check header ${name}: it did not come`;
      const fault = check(value);
      return fault === '' ? '' : `check header ${name}: ${fault}`;
    };
  });
  return [...duration, ...headers, ...bodyParts(checks, context)];
}

function bodyParts({ body, json, schema }: ChecksSpec, context: JudgeContext): Part[] {
  const parts: Part[] = [];
  if (Object.keys(body).length > 0) {
    const check = textCheck(body);
    parts.push((reader) => {
      const fault = check(reader.text);
      return fault === '' ? '' : `check body: ${fault}`;
    });
  }
  for (const { path, wanted } of json) {
    const find = pathOf(path, context);
    const check = valueCheck(wanted, context);
    parts.push((reader, _, scope) => {
      const value = find(reader.json);
      const fault = check(value, scope);
      if (fault === '') return '';
      const bodyFault = reader.jsonFault();
      if (bodyFault !== '') return `check json ${path}: ${bodyFault}`;
      return `check json ${path}: ${fault}`;
    });
  }
  if (schema) {
    const check = schemaCheck(schema, context);
    parts.push((reader) => {
      const fault = reader.jsonFault() || check(reader.json);
      return fault === '' ? '' : `check schema: ${fault}`;
    });
  }
  return parts;
}

function capturePart(capture: CaptureSpec, context: JudgeContext): Part {
  const slot = slotOf(capture.name, context.names);
  const find = finderOf(capture, context);
  const { name, orElse } = capture;
  const bases = context.names.paths.get(name) ?? [];
  const isSegment = context.names.segments.has(name);
  return (reader, _, scope) => {
    const value = find(reader) ?? orElse;
    // What is too deep to be sent again must fail here.
    if (typeof value === 'object') JSON.stringify(value);
    scope.values[slot] = value;
    if (value === undefined) return `capture ${name}: ${sourceOf(capture)} found nothing`;
    for (const base of bases) {
      const fault = pathFault(value, base);
      if (fault !== '') return `capture ${name}: it ${fault}`;
    }
    const fault = isSegment ? segmentFault(value) : '';
    return fault === '' ? '' : `capture ${name}: it ${fault}`;
  };
}

/** Null is nothing too: there is no use for it in a request. */
function finderOf(capture: CaptureSpec, context: JudgeContext): (reader: AnswerReader) => unknown {
  switch (capture.from) {
    case 'json': {
      const find = pathOf(capture.path, context);
      return (reader) => find(reader.json) ?? undefined;
    }
    case 'header':
      return (reader) => reader.header(capture.header);
    case 'body':
    default: {
      const pattern = new RegExp(capture.regex, 'u');
      return (reader) => {
        const match = pattern.exec(beginningOf(reader.text));
        return match?.[1] ?? match?.[0];
      };
    }
  }
}

function sourceOf(capture: CaptureSpec): string {
  switch (capture.from) {
    case 'json':
      return capture.path;
    case 'header':
      return `header ${capture.header}`;
    case 'body':
    default:
      return `/${capture.regex}/`;
  }
}

function pathOf(path: string, { place }: JudgeContext): JsonPath {
  const find = jsonPath(path);
  if (find) return find;
  throw new HarnessError('SCENARIO_INVALID', `"${path}" is no JSON path (${place()})`, {
    hint: 'Write a path of RFC 9535, such as $.items[0].id.',
  });
}
