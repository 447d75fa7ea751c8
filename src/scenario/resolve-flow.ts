import { formText } from '../core/index.ts';
import type { ChecksSpec, FlowSpec, StepSpec } from './flow-spec.ts';
import { isFilePart, requestFrom } from './request-spec.ts';
import type { Path } from './problem.ts';
import type { Reference } from './references.ts';
import { insideQuotes, isKnownBefore, type Hole, type Template } from './template.ts';

/** How references in steps are filled in before the run. */
export interface StepResolver {
  /** Returns what a reference stands for; undefined where that is not known yet. */
  valueOf(reference: Reference, path: Path): string | undefined;
  /** Refuses a filled-in text, `problem` being why, `must ...`. */
  refuse(problem: string, path: Path, template: Template): never;
}

/**
 * Returns the flow with what is known before the run filled into its steps. Paths begin with the
 * step's name; behind it is the part of its request. What belongs to single calls stays as it is.
 */
export function resolveFlow(flow: FlowSpec, resolver: StepResolver): FlowSpec {
  return { ...flow, steps: flow.steps.map((step) => resolveStep(step, resolver)) };
}

function resolveStep(step: StepSpec, resolver: StepResolver): StepSpec {
  const at: Path = [step.name];
  const { templates } = step.call.request;
  const checks = step.checks && resolveChecks(step.checks, [...at, 'check', 'json'], resolver);
  const resolved = checks ? { ...step, checks } : step;
  if (!templates) return resolved;
  const fill = (template: Template, path: Path, pattern: RegExp, wanted: string): Template => {
    const filled = fillIn(template, path, resolver);
    const isGood = filled.every((piece) => typeof piece !== 'string' || pattern.test(piece));
    return isGood ? filled : resolver.refuse(wanted, path, template);
  };
  const headers = templates.headers.map(([name, value]) => {
    const wanted = 'must be one line without control characters';
    return [name, fill(value, [...at, 'headers', name], /^[^\p{Cc}]*$/u, wanted)] as const;
  });
  const wanted = 'must begin with / and hold no space and no #';
  const path = fill(templates.path, [...at, 'path'], /^[^\s#\p{Cc}]*$/u, wanted);
  const body = fillIn(templates.body, [...at, 'body'], resolver);
  const parts = templates.parts?.map((part) =>
    isFilePart(part) ? part : fillIn(part, [...at, 'body'], resolver),
  );
  const request = requestFrom({ ...templates, path, headers, body, ...(parts && { parts }) });
  return { ...resolved, call: { ...step.call, request } };
}

function resolveChecks(checks: ChecksSpec, at: Path, resolver: StepResolver): ChecksSpec {
  return {
    ...checks,
    json: checks.json.map((check) => {
      const { equals } = check.wanted;
      if (!equals) return check;
      return { ...check, wanted: { ...check.wanted, equals: fillIn(equals, at, resolver) } };
    }),
  };
}

/** Returns the template with its known references filled in, neighbouring texts joined. */
function fillIn(template: Template, path: Path, resolver: StepResolver): Template {
  const filled: (string | Hole)[] = [];
  for (const piece of template) {
    const next = typeof piece === 'string' ? piece : valueIn(piece, path, resolver);
    const last = filled.at(-1);
    if (typeof next === 'string' && typeof last === 'string') filled.splice(-1, 1, last + next);
    else filled.push(next);
  }
  return filled;
}

/** A value of the environment in a path is used as it is: it may be more than one segment. */
function valueIn(hole: Hole, path: Path, resolver: StepResolver): string | Hole {
  const { reference, form } = hole;
  const value = isKnownBefore(reference) ? resolver.valueOf(reference, path) : undefined;
  if (value === undefined) return hole;
  if (form === 'json') return JSON.stringify(value);
  if (form === 'form') return formText(value);
  return form === 'json-text' ? insideQuotes(value) : value;
}
