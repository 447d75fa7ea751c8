import type { Ns } from '../core/index.ts';
import type { StepSpec } from '../scenario/index.ts';
import type { Answer } from './answer.ts';
import { judgeOf, readsAnswer, readsFields, type JudgeContext } from './judge.ts';
import type { RenderedRequest } from './rendered-request.ts';
import type { Scope } from './scope.ts';
import { textRenderer, type TextRenderer } from './text-renderer.ts';

/** A step as the sending loop uses it: what it sends, and how its answer is judged. */
export interface CompiledStep {
  readonly spec: StepSpec;
  /** Whether every call sends the same: then `LiveCall.request` stays undefined. */
  readonly isConstant: boolean;
  /** Whether {@link judge} looks at fields or body: then the call needs an `Answer`. */
  readonly readsAnswer: boolean;
  /** Whether it looks at fields. */
  readonly readsFields: boolean;
  /** Whether there is anything to judge beside the status. */
  readonly isJudged: boolean;
  /** Returns a request of its own for one call. */
  render(scope: Scope): RenderedRequest;
  /**
   * Judges the answer of a call whose status was accepted. Returns '' where it passes, its captures
   * being in the scope then, or else what failed, at most 200 characters: the outcome is `check`.
   */
  judge(answer: Answer | undefined, durationNs: Ns, scope: Scope): string;
}

/**
 * Returns the step, compiled.
 * @throws SCENARIO_INVALID for an unknown column, a JSON path or a schema that is none.
 */
export function compileStep(spec: StepSpec, context: JudgeContext): CompiledStep {
  const judge = judgeOf(spec, context);
  return {
    spec,
    isConstant: spec.http.templates === undefined,
    readsAnswer: readsAnswer(spec),
    readsFields: readsFields(spec),
    isJudged: judge !== undefined,
    render: requestRenderer(spec, context),
    judge: judge ?? (() => ''),
  };
}

type Header = readonly [name: string, value: string];

function requestRenderer(spec: StepSpec, context: JudgeContext): CompiledStep['render'] {
  const { http, name } = spec;
  const { templates } = http;
  if (!templates) return () => http;
  const renderer = (part: string, template: typeof templates.path): TextRenderer =>
    textRenderer(template, { ...context, purpose: `${name}:${part}` });
  const path = renderer('path', templates.path);
  const body = renderer('body', templates.body);
  const headers = templates.headers.map(([header, value], i): Header | VaryingHeader => {
    const [only = ''] = value;
    return value.length <= 1 && typeof only === 'string'
      ? [header, only]
      : { name: header, render: renderer(`header:${i}`, value) };
  });
  const constant = headers.every((header) => 'length' in header) ? headers : undefined;
  return (scope) => ({
    path: path(scope),
    headers: constant ?? headers.map((h) => ('length' in h ? h : [h.name, h.render(scope)])),
    body: body(scope),
  });
}

interface VaryingHeader {
  readonly name: string;
  readonly render: TextRenderer;
}
