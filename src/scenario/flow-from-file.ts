import { hashText, invariant, isExactNumber } from '../core/index.ts';
import type { CaptureFile, CheckFile } from './file/check.ts';
import type { EntryFile } from './file/flow.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import { callOf, kindNamed, TIMEOUT_DEFAULT_NS, type ProtocolKind } from './protocols/index.ts';
import type {
  CaptureSpec,
  ChecksSpec,
  FlowNode,
  FlowSpec,
  StepSpec,
  TextMatch,
  ValueMatch,
} from './flow-spec.ts';
import { policyOf } from './policy-from-file.ts';
import { jsonTemplate, templateText } from './template.ts';

/** What a flow needs of the rest of its file. */
type Around = Pick<ScenarioFile, 'seed' | 'policies' | 'targets'>;

/** Returns a flow of a valid file: its steps in file order, and how they hang together. */
export function flowFromFile(
  name: string,
  entries: readonly EntryFile[],
  around: Around,
): FlowSpec {
  const steps: StepSpec[] = [];
  const body = entries.map((entry) => nodeOf(entry, steps, around));
  const isPlain = body.every(({ kind }) => kind === 'step');
  return isPlain ? { name, steps } : { name, steps, body };
}

function nodeOf(entry: EntryFile, steps: StepSpec[], around: Around): FlowNode {
  const listOf = (list: readonly EntryFile[]): FlowNode[] =>
    list.map((e) => nodeOf(e, steps, around));
  const { think, parallel, choose, repeat, hook } = entry;
  if (think !== undefined) {
    const range = typeof think === 'number' ? { min: think, max: think } : think;
    return { kind: 'think', minNs: range.min, maxNs: range.max };
  }
  if (parallel) return { kind: 'parallel', branches: parallel.map(listOf) };
  if (choose) {
    const options = choose.map(({ weight, do: list }) => ({ weight, body: listOf(list) }));
    return { kind: 'choose', options };
  }
  if (repeat) {
    const { times } = repeat;
    const range = typeof times === 'number' ? { min: times, max: times } : times;
    return { kind: 'repeat', times: range, body: listOf(repeat.do) };
  }
  if (hook !== undefined) return { kind: 'hook', name: hook, sets: entry.sets ?? [] };
  return { kind: 'step', step: steps.push(stepOf(entry, around)) - 1 };
}

function stepOf(entry: EntryFile, around: Around): StepSpec {
  const { step, target, timeout, check, capture, tags } = entry;
  invariant(step !== undefined && target !== undefined, 'a step has a target');
  const call = callOf(entry, boundaryOf(step, around.seed));
  const kind = kindNamed(call.protocol);
  const checks = check && checksOf(check);
  const policy = policyOf(entry, around);
  const boundNs = policy?.attemptTimeoutNs ?? timeout;
  const { names } = kind.statuses;
  return {
    name: step,
    target,
    timeoutNs: kind.timeoutNs?.(entry[call.protocol], boundNs) ?? boundNs ?? TIMEOUT_DEFAULT_NS,
    ...(policy && { policy }),
    call,
    okStatuses: okStatusesOf(entry, kind),
    ...(names && { statusNames: { protocol: kind.name, names } }),
    ...(tags && { tags }),
    ...(checks && { checks }),
    ...(capture && Object.keys(capture).length > 0 && { captures: capturesOf(capture) }),
  };
}

/** What stands between the parts of a body: the same in every run with the seed. */
function boundaryOf(step: string, seed: number): string {
  const words = [0, 1, 2, 3].map((i) => hashText(`boundary:${i}:${seed}:${step}`) >>> 0);
  return `callgauge-${words.map((word) => word.toString(16).padStart(8, '0')).join('')}`;
}

/** Returns the statuses that count as ok at a step of a kind. */
export function okStatusesOf(
  { check }: EntryFile,
  { statuses }: ProtocolKind,
): StepSpec['okStatuses'] {
  if (check?.status === undefined) return statuses.ok;
  return [check.status].flat().map((written) => statuses.rangeOf(written));
}

/** Returns the checks beside that of the status; undefined where there are none. */
function checksOf(check: CheckFile): ChecksSpec | undefined {
  const { headers, body, json, schema, duration } = check;
  const headerChecks = Object.entries(headers ?? {}).map(([name, wanted]) => ({
    name: name.toLowerCase(),
    wanted: typeof wanted === 'string' ? { like: wanted } : textMatch(wanted),
  }));
  const jsonChecks = Object.entries(json ?? {}).map(([path, wanted]) => ({
    path,
    wanted: valueMatch(wanted),
  }));
  const count = headerChecks.length + jsonChecks.length;
  if (count === 0 && body === undefined && schema === undefined && duration === undefined) {
    return undefined;
  }
  return {
    headers: headerChecks,
    body: typeof body === 'string' ? { contains: body } : textMatch(body ?? {}),
    json: jsonChecks,
    ...(schema !== undefined && {
      schema: typeof schema === 'string' ? { file: schema } : { inline: schema },
    }),
    ...(duration !== undefined && { durationNs: duration }),
  };
}

type TextMatchFile = Exclude<NonNullable<CheckFile['body']>, string>;

function textMatch({ equals, contains, matches, within, like }: TextMatchFile): TextMatch {
  return {
    ...(equals !== undefined && { equals }),
    ...(contains !== undefined && { contains }),
    ...(matches !== undefined && { matches }),
    ...(within !== undefined && { within }),
    ...(like !== undefined && { like }),
  };
}

function valueMatch(wanted: NonNullable<CheckFile['json']>[string]): ValueMatch {
  if (!isConditions(wanted)) {
    return equalTo(wanted);
  }
  const { equals, exists, contains, matches, min, max } = wanted;
  return {
    ...(equals !== undefined && equalTo(equals)),
    ...(exists !== undefined && { exists }),
    ...(contains !== undefined && { contains }),
    ...(matches !== undefined && { matches }),
    ...(min !== undefined && { min: JSON.stringify(min) }),
    ...(max !== undefined && { max: JSON.stringify(max) }),
  };
}

type ValueWanted = NonNullable<CheckFile['json']>[string];

function isConditions(wanted: ValueWanted): wanted is Extract<ValueWanted, { exists?: unknown }> {
  const isMap = typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted);
  return isMap && !isExactNumber(wanted);
}

function equalTo(wanted: unknown): ValueMatch {
  const equals = jsonTemplate(wanted);
  return { equals, equalsText: templateText(equals) };
}

function capturesOf(capture: CaptureFile): CaptureSpec[] {
  return Object.entries(capture).map(([name, source]): CaptureSpec => {
    if (typeof source === 'string') return { name, from: 'json', path: source };
    const { json, header, cookie, regex, within, default: orElse } = source;
    const common = { name, ...(orElse !== undefined && { orElse: JSON.stringify(orElse) }) };
    if (json !== undefined) return { ...common, from: 'json', path: json };
    if (header !== undefined) return { ...common, from: 'header', header: header.toLowerCase() };
    if (cookie !== undefined) return { ...common, from: 'cookie', cookie };
    invariant(regex !== undefined, 'a capture has one source');
    return { ...common, from: 'body', regex, ...(within !== undefined && { within }) };
  });
}
