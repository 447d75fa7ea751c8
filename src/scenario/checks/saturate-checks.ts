import { pathText, type Path, type Problem } from '../problem.ts';
import { namesIn, select, selectTexts } from '../select.ts';

/** References of these kinds are filled in before the run: what they stand in is constant. */
const CONSTANT_REFERENCE = /^\$\{(?:services|proxies|env)\./u;

/**
 * Returns a problem for every saturated phase whose flow is more than one constant step: autocannon
 * sends the same bytes over and over, and knows of no second call.
 */
export function saturateProblems(file: unknown): Problem[] {
  return select(file, ['load', '*']).flatMap(({ path, value }): Problem[] => {
    if (select(value, ['saturate']).length === 0) return [];
    const flow = selectTexts(value, ['flow'])[0]?.value ?? namesIn(file, 'flows')?.[0] ?? '';
    const steps = select(file, ['flows', flow, '*']);
    // A flow that does not exist is a problem of its own.
    if (steps.length === 0) return [];
    const step = steps[0]?.value;
    const message = faultOf(step, steps.length) ?? targetFault(file, step);
    if (message === undefined) return [];
    const place: Path = [...path, 'saturate'];
    const hint = `Give ${pathText(path)} a flow of one plain step, or use users in place of saturate.`;
    return [{ path: place, part: 'key', message: `saturate ${message} (flow "${flow}")`, hint }];
  });
}

/** Keys of a target that autocannon knows nothing of: what they say would silently not be so. */
const OTHER_CONNECTIONS = ['tls', 'via', 'dns', 'connection', 'streams'];

function targetFault(file: unknown, step: unknown): string | undefined {
  const target = selectTexts(step, ['target'])[0]?.value ?? '';
  const { path, value } = select(file, ['targets', target])[0] ?? { path: [], value: undefined };
  const protocol = selectTexts(value, ['protocol'])[0]?.value ?? 'http1';
  const key =
    protocol === 'http1'
      ? OTHER_CONNECTIONS.find((known) => select(value, [known]).length > 0)
      : 'protocol';
  return key && `takes the url of a target alone, got ${pathText([...path, key])}`;
}

/** What a step may have beside its http: all else is done once an answer is there. */
const PLAIN_KEYS: readonly string[] = ['step', 'target', 'timeout', 'http', 'check'];

function faultOf(step: unknown, count: number): string | undefined {
  if (count > 1) return `must have a flow of one step, got ${count} steps`;
  if (select(step, ['http']).length === 0) return 'must have a flow of one plain http step';
  if (selectTexts(step, ['http', 'method'])[0]?.value.toUpperCase() === 'HEAD') {
    return 'cannot send HEAD: autocannon waits for the body that the answer names';
  }
  const others = [
    ...select(step, ['*']).filter(({ path }) => !PLAIN_KEYS.includes(String(path[0]))),
    ...select(step, ['check', '*']).filter(({ path }) => path[1] !== 'status'),
  ];
  if (others[0]) return `must have a plain step, got its ${pathText(others[0].path)}`;
  const varying = textsIn(select(step, ['http'])[0]?.value).find((text) =>
    (text.match(/\$\{[^}]*\}?/gu) ?? []).some((reference) => !CONSTANT_REFERENCE.test(reference)),
  );
  return varying === undefined ? undefined : `must have a constant step, got ${varying}`;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
