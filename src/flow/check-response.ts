import { formatDuration, HarnessError, type Ns, parseExactly } from '../core/index.ts';
import { compilePattern } from '../pattern/index.ts';
import type { CaptureSpec, ChecksSpec, StepSpec } from '../scenario/index.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Answer } from './answer.ts';
import { filterProblem, jsonPath, type JsonPath } from './json-path.ts';
import { schemaCheck, type SchemaContext } from './schema-check.ts';
import { segmentProblem } from './path-segment.ts';
import type { Scope } from './scope.ts';
import { beginningOf, boundText, textCheck } from './text-match.ts';
import { slotOf } from './names.ts';
import type { RenderContext } from './text-renderer.ts';
import { valueCheck } from './value-match.ts';
import { pathProblem } from './whole-path.ts';

/** Longest text of a failed check. */
const PROBLEM_CHARACTERS_MAX = 200;

/**
 * Checks an answer with an accepted status: returns '' where it passes every check, after its
 * captures are in the scope, or else the first check that failed, `check json $.ok: is not true`
 * say, 200 characters at most. It is counted, stored and shown: nothing of the answer is in it,
 * which would make every failure one of its own and might be a secret. `answer` is undefined where
 * the step reads none.
 */
export type CheckResponse = (answer: Answer | undefined, durationNs: Ns, scope: Scope) => string;

/** One of the checks and captures of a step, in their order; returns '' where it has passed. */
type Part = (reader: AnswerReader, durationNs: Ns, scope: Scope) => string;

/** What is needed to compile a step's checks. */
export interface CheckContext extends RenderContext, SchemaContext {}

/**
 * Returns what checks the answers of a step; undefined for one without checks and captures.
 * @throws SCENARIO_INVALID for an invalid JSON path or schema.
 */
export function responseCheck(step: StepSpec, context: CheckContext): CheckResponse | undefined {
  const { checks, captures = [] } = step;
  const parts = [
    ...(checks ? checkParts(checks, context) : []),
    ...captures.map((capture) => capturePart(capture, context)),
  ];
  if (parts.length === 0) return undefined;
  return allOf(parts, step);
}

/** Returns what captures from an answer of a step that is not checked: the policy's own. */
export function answerCapture(
  step: StepSpec,
  context: CheckContext,
): (answer: Answer, scope: Scope) => string {
  const { captures = [] } = step;
  if (captures.length === 0) return () => '';
  const all = allOf(
    captures.map((capture) => capturePart(capture, context)),
    step,
  );
  return (answer, scope) => all(answer, 0, scope);
}

function allOf(parts: readonly Part[], { call }: StepSpec): CheckResponse {
  const reader = new AnswerReader(call.protocol === 'http');
  return (answer, durationNs, scope) => {
    reader.begin(answer);
    try {
      for (const part of parts) {
        const problem = part(reader, durationNs, scope);
        if (problem !== '') return problem.slice(0, PROBLEM_CHARACTERS_MAX);
      }
    } catch (error) {
      // A target may send JSON that is nested more deeply than the stack can follow.
      if (error instanceof RangeError) return 'check: the answer is nested too deeply';
      throw error;
    }
    return '';
  };
}

/** Returns whether a step looks at the fields of its answers; they say how a body is to be read. */
export function readsFields(step: StepSpec): boolean {
  const { checks, captures = [] } = step;
  if (step.call.protocol === 'http') return readsAnswer(step);
  return (checks?.headers.length ?? 0) > 0 || captures.some(({ from }) => from === 'header');
}

/** Returns whether a check or a capture looks at the fields or the body of an answer. */
export function readsAnswer({ checks, captures = [] }: StepSpec): boolean {
  if (captures.length > 0) return true;
  if (!checks) return false;
  const { headers, json, body, schema } = checks;
  return (
    headers.length > 0 || json.length > 0 || Object.keys(body).length > 0 || schema !== undefined
  );
}

/** The cheap ones first: what fails there need not be read. */
function checkParts(checks: ChecksSpec, context: CheckContext): Part[] {
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
      const problem = check(value);
      return problem === '' ? '' : `check header ${name}: ${problem}`;
    };
  });
  return [...duration, ...headers, ...bodyParts(checks, context)];
}

function bodyParts({ body, json, schema }: ChecksSpec, context: CheckContext): Part[] {
  const parts: Part[] = [];
  if (Object.keys(body).length > 0) {
    const check = textCheck(body);
    parts.push((reader) => {
      const problem = reader.textProblem() || check(reader.text);
      return problem === '' ? '' : `check body: ${problem}`;
    });
  }
  for (const { path, wanted } of json) {
    const find = pathOf(path, context);
    const check = valueCheck(wanted, context);
    parts.push((reader, _, scope) => {
      const value = find(reader.json, reader.plainJson);
      const problem = check(value, scope);
      if (problem === '') return '';
      const bodyProblem = reader.jsonProblem();
      if (bodyProblem !== '') return `check json ${path}: ${bodyProblem}`;
      return `check json ${path}: ${problem}`;
    });
  }
  if (schema) {
    const check = schemaCheck(schema, context);
    parts.push((reader) => {
      const problem = reader.jsonProblem() || check(reader.plainJson());
      return problem === '' ? '' : `check schema: ${problem}`;
    });
  }
  return parts;
}

function capturePart(capture: CaptureSpec, context: CheckContext): Part {
  const slot = slotOf(capture.name, context.names);
  const find = finderOf(capture, context);
  const { name } = capture;
  const fallback = capture.orElse === undefined ? undefined : parseExactly(capture.orElse);
  const bases = context.names.paths.get(name) ?? [];
  const isSegment = context.names.segments.has(name);
  return (reader, _, scope) => {
    const value = find(reader) ?? fallback;
    // What is too deep to be sent again must fail here.
    if (typeof value === 'object') JSON.stringify(value);
    scope.values[slot] = value;
    if (value === undefined) return `capture ${name}: ${nothingFound(capture, reader)}`;
    for (const base of bases) {
      const problem = pathProblem(value, base);
      if (problem !== '') return `capture ${name}: it ${problem}`;
    }
    const problem = isSegment ? segmentProblem(value) : '';
    return problem === '' ? '' : `capture ${name}: it ${problem}`;
  };
}

/** Null is nothing too: there is no use for it in a request. */
function finderOf(capture: CaptureSpec, context: CheckContext): (reader: AnswerReader) => unknown {
  switch (capture.from) {
    case 'json': {
      const find = pathOf(capture.path, context);
      return (reader) => find(reader.json, reader.plainJson) ?? undefined;
    }
    case 'header':
      return (reader) => reader.header(capture.header);
    case 'cookie':
      return (reader) => reader.cookie(capture.cookie);
    case 'body':
    default: {
      const pattern = compilePattern(capture.regex);
      return (reader) => {
        const match = pattern.exec(beginningOf(reader.text, capture.within));
        return match?.[1] ?? match?.[0];
      };
    }
  }
}

/** Why a capture has found nothing. */
function nothingFound(capture: CaptureSpec, reader: AnswerReader): string {
  switch (capture.from) {
    case 'json':
      return reader.jsonProblem() || `${capture.path} found nothing`;
    case 'header':
      return `header ${capture.header} found nothing`;
    case 'cookie':
      return `cookie ${capture.cookie} was not set`;
    case 'body':
    default: {
      const bound = boundText(reader.text, capture.within);
      if (bound !== '') return `found nothing in ${bound}: /${capture.regex}/`;
      return reader.textProblem() || `/${capture.regex}/ found nothing`;
    }
  }
}

function pathOf(path: string, { location }: CheckContext): JsonPath {
  const find = jsonPath(path);
  const problem = find && filterProblem(path);
  if (problem !== undefined) {
    throw new HarnessError('SCENARIO_INVALID', `the JSON path ${path} ${problem} (${location()})`, {
      hint: 'Write a pattern without * and + in a row, such as [0-9]{1,4}, or one that begins with ^; or take a list of values and check them in a hook.',
    });
  }
  if (find) return find;
  throw new HarnessError('SCENARIO_INVALID', `"${path}" is no JSON path (${location()})`, {
    hint: 'Write a path of RFC 9535, such as $.items[0].id.',
  });
}
