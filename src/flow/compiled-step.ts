import { invariant, type Ns } from '../core/index.ts';
import type { BodyPart, StepSpec, Template } from '../scenario/index.ts';
import type { Answer } from './answer.ts';
import {
  answerCapture,
  responseCheck,
  readsAnswer,
  readsFields,
  type CheckContext,
} from './check-response.ts';
import type { RenderedRequest } from './rendered-request.ts';
import { redirectOf, type Redirect, type RedirectFrom, type RedirectTarget } from './redirect.ts';
import { stepCookies } from './step-cookies.ts';
import type { Scope } from './scope.ts';
import { textRenderer, type TextRenderer } from './text-renderer.ts';

/** A step as the sending loop uses it: what it sends, and how its answer is checked. */
export interface CompiledStep {
  readonly spec: StepSpec;
  /** Whether every call sends the same: then `LiveCall.request` stays undefined. */
  readonly isConstant: boolean;
  /** Whether {@link checkResponse} looks at fields or body: then the call needs an `Answer`. */
  readonly readsAnswer: boolean;
  /** Whether it looks at fields. */
  readonly readsFields: boolean;
  /** Whether there is anything to check or capture beside the status. */
  readonly isChecked: boolean;
  /** How many redirects of a call are followed at most. */
  readonly redirectsMax: number;
  /** Whether it sends the cookies of the scope, and has to {@link keepCookies}. */
  readonly keepsCookies: boolean;
  /** Returns a request of its own for one call. */
  render(scope: Scope): RenderedRequest;
  /**
   * Returns where an answer sends its call on, with the cookies for there; undefined where it names
   * no location, or, as a text, why it is not followed.
   */
  redirect(
    answer: Answer | undefined,
    from: RedirectFrom,
    targets: readonly RedirectTarget[],
    scope: Scope,
  ): Redirect | string | undefined;
  /** Takes the cookies that an answer sets, whatever its status; `path` is that of its request. */
  keepCookies(answer: Answer | undefined, path: string, scope: Scope, from?: RedirectTarget): void;
  /**
   * Checks the answer of a call whose status was accepted. Returns '' where it passes, its captures
   * being in the scope then, or else what failed, at most 200 characters: the outcome is `check`.
   */
  checkResponse(answer: Answer | undefined, durationNs: Ns, scope: Scope): string;
  /** Captures from an answer that nobody checks. Returns '', or what it lacks as above. */
  capture(answer: Answer, scope: Scope): string;
}

/** What a step is compiled with. */
export interface StepContext extends CheckContext {
  /** Whether the scenario keeps cookies. */
  readonly keepsCookies: boolean;
}

/**
 * Returns the step, compiled.
 * @throws SCENARIO_INVALID for an unknown column, an invalid JSON path or schema.
 */
export function compileStep(spec: StepSpec, context: StepContext): CompiledStep {
  const check = responseCheck(spec, context);
  const keepsCookies = context.keepsCookies && spec.call.protocol === 'http';
  const render = requestRenderer(spec, context);
  const cookies = stepCookies(context.targetUrl);
  const redirectsMax = (spec.call.protocol === 'http' && spec.call.redirects) || 0;
  const readsHead = keepsCookies || redirectsMax > 0;
  return {
    spec,
    isConstant: spec.call.request.templates === undefined && !keepsCookies,
    readsAnswer: readsAnswer(spec) || readsHead,
    readsFields: readsFields(spec) || readsHead,
    isChecked: check !== undefined,
    redirectsMax,
    keepsCookies,
    render: keepsCookies ? (scope) => cookies.added(render(scope), scope) : render,
    redirect: (answer, from, targets, scope) => {
      const next = redirectOf(spec, answer, from, targets);
      if (!keepsCookies || next === undefined || typeof next === 'string') return next;
      const request = withoutCookies(next.request, spec);
      const to = targets[next.targetIndex];
      return { ...next, request: stepCookies(to?.url ?? '').added(request, scope) };
    },
    keepCookies: (answer, path, scope, from) => {
      (from === undefined || from.name === spec.target ? cookies : stepCookies(from.url)).keep(
        answer,
        path,
        scope,
      );
    },
    checkResponse: check ?? (() => ''),
    capture: answerCapture(spec, context),
  };
}

/** The cookies of the jar are put together anew for every request; the step's own stay. */
function withoutCookies(request: RenderedRequest, { call }: StepSpec): RenderedRequest {
  const written = call.request.headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1];
  const own = new Set(written?.split(';').map(cookieName));
  const headers = request.headers.flatMap(([name, value]): Header[] => {
    if (name.toLowerCase() !== 'cookie') return [[name, value]];
    const kept = value.split('; ').filter((pair) => own.has(cookieName(pair)));
    return kept.length === 0 ? [] : [[name, kept.join('; ')]];
  });
  return { ...request, headers };
}

function cookieName(pair: string): string {
  return pair.split('=', 1)[0]?.trim() ?? '';
}

type Header = readonly [name: string, value: string];

function requestRenderer(spec: StepSpec, context: CheckContext): CompiledStep['render'] {
  const { call, name } = spec;
  const { templates } = call.request;
  if (!templates) return () => call.request;
  const renderer = (part: string, template: typeof templates.path): TextRenderer =>
    textRenderer(template, { ...context, purpose: `${name}:${part}` });
  const method = templates.method && renderer('method', templates.method);
  const path = renderer('path', templates.path);
  const body = renderer('body', templates.body);
  const headers = templates.headers.map(([header, value], i): Header | VaryingHeader => {
    const [only = ''] = value;
    return value.length <= 1 && typeof only === 'string'
      ? [header, only]
      : { name: header, render: renderer(`header:${i}`, value) };
  });
  const bytes = templates.parts && partsRenderer(templates.parts, renderer);
  const constant = headers.every((header) => 'length' in header) ? headers : undefined;
  const rest = (scope: Scope): RenderedRequest => ({
    path: path(scope),
    headers: constant ?? headers.map((h) => ('length' in h ? h : [h.name, h.render(scope)])),
    body: body(scope),
    ...(bytes && { bytes: bytes(scope) }),
  });
  return method ? (scope) => ({ ...rest(scope), method: method(scope) }) : rest;
}

/** Returns what puts a body together that is no text. */
function partsRenderer(
  parts: readonly BodyPart[],
  renderer: (part: string, template: Template) => TextRenderer,
): (scope: Scope) => Uint8Array {
  const pieces = parts.map((part, i) => {
    if ('file' in part) {
      const { bytes } = part;
      invariant(bytes !== undefined, `the file ${part.file} was read`);
      return () => bytes;
    }
    const render = renderer(`part:${i}`, part);
    return (scope: Scope) => Buffer.from(render(scope), 'utf8');
  });
  return (scope) => Buffer.concat(pieces.map((piece) => piece(scope)));
}

interface VaryingHeader {
  readonly name: string;
  readonly render: TextRenderer;
}
