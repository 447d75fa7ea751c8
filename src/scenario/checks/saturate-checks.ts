import { pathText } from '../../core/index.ts';
import type { EntryFile } from '../file/flow.ts';
import { NO_POLICY } from '../file/policy.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import type { Path, Problem } from '../problem.ts';
import { longRequest } from '../protocols/http.ts';
import { ownValue, valueAt } from '../select.ts';
import { isKnownBefore, readTemplate, referencesOf } from '../template.ts';

/**
 * Returns a problem for every saturated phase whose flow is more than one constant step: autocannon
 * sends the same bytes over and over, and knows of no second call. `written` is the file as it was
 * read.
 */
export function saturateProblems(file: ScenarioFile, written: unknown): Problem[] {
  return file.load.flatMap((phase, i): Problem[] => {
    if (phase.saturate === undefined) return [];
    const flow = phase.flow ?? Object.keys(file.flows)[0] ?? '';
    const [step, ...others] = ownValue(file.flows, flow) ?? [];
    // A flow that does not exist is a problem of its own.
    if (step === undefined) return [];
    const message =
      others.length > 0
        ? `must have a flow of one step, got ${others.length + 1} steps`
        : (stepProblem(step) ?? cookieProblem(file) ?? targetProblem(step, written));
    if (message === undefined) return [];
    const path: Path = ['load', i, 'saturate'];
    const hint = `Give ${pathText(['load', i])} a flow of one plain step, or use users in place of saturate.`;
    return [{ path, part: 'key', message: `saturate ${message} (flow "${flow}")`, hint }];
  });
}

/** Keys of a target that autocannon does not know: what they say would silently not be so. */
const OTHER_CONNECTIONS = [
  'protocol',
  'tls',
  'via',
  'dns',
  'connection',
  'streams',
  'endpoints',
  'policy',
];

/** What says the same as no key at all. */
const SAME_AS_NONE: ReadonlySet<unknown> = new Set([undefined, 'http1', NO_POLICY]);

/** Whether a key with a default is there only the file as it was read can tell. */
function targetProblem({ target = '', policy }: EntryFile, written: unknown): string | undefined {
  const at: Path = ['targets', target];
  const key = OTHER_CONNECTIONS.find((known) => {
    if (known === 'policy' && policy === NO_POLICY) return false;
    return !SAME_AS_NONE.has(valueAt(written, [...at, known]));
  });
  return key && `takes the url of a target alone, got ${pathText([...at, key])}`;
}

function cookieProblem({ cookies }: ScenarioFile): string | undefined {
  return cookies && `sends the same bytes over and over, got cookies: ${cookies}`;
}

function stepProblem({ http, check, ...step }: EntryFile): string | undefined {
  if (http === undefined) return 'must have a flow of one plain http step';
  const { method, redirects } = longRequest(http);
  if (method === 'HEAD') {
    return 'cannot send HEAD: autocannon waits for the body that the answer names';
  }
  if (redirects !== undefined) return 'must have a plain step, got its http.redirects';
  const { step: _, target: _target, timeout: _timeout, policy, ...rest } = step;
  const others = policy === NO_POLICY ? rest : { ...rest, policy };
  const { status: _status, ...checks } = check ?? {};
  const [key] = [...keysOf(others), ...keysOf(checks).map((name) => `check.${name}`)];
  if (key !== undefined) return `must have a plain step, got its ${key}`;
  const varying = textsIn(http).find(
    (text) => !referencesOf(readTemplate(text, 'text').template).every(isKnownBefore),
  );
  return varying === undefined ? undefined : `must have a constant step, got ${varying}`;
}

function keysOf(map: object): string[] {
  return Object.entries(map).flatMap(([key, value]) => (value === undefined ? [] : key));
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
