import { GRPC_STATUSES, grpcCallStatus, invariant } from '../core/index.ts';
import type { CaptureFile, CheckFile, StatusFile } from './file/check.ts';
import type { EntryFile } from './file/flow.ts';
import { grpcCall, grpcTimeoutNs, TIMEOUT_DEFAULT_NS } from './grpc-from-file.ts';
import type {
  CaptureSpec,
  ChecksSpec,
  FlowNode,
  FlowSpec,
  HttpRequestSpec,
  StepSpec,
  TextMatch,
  ValueMatch,
} from './flow-spec.ts';
import { requestFrom } from './request-from.ts';
import {
  jsonTemplate,
  readTemplate,
  templateText,
  type HoleForm,
  type Template,
} from './template.ts';

const OK_STATUSES: StepSpec['okStatuses'] = [{ from: 200, to: 399 }];
const GRPC_OK = statusRanges('OK');

/** Returns a flow of a valid file: its steps in file order, and how they hang together. */
export function flowFromFile(name: string, entries: readonly EntryFile[]): FlowSpec {
  const steps: StepSpec[] = [];
  const body = entries.map((entry) => nodeOf(entry, steps));
  const isPlain = body.every(({ kind }) => kind === 'step');
  return isPlain ? { name, steps } : { name, steps, body };
}

function nodeOf(entry: EntryFile, steps: StepSpec[]): FlowNode {
  const listOf = (list: readonly EntryFile[]): FlowNode[] => list.map((e) => nodeOf(e, steps));
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
  return { kind: 'step', step: steps.push(stepOf(entry)) - 1 };
}

function stepOf(entry: EntryFile): StepSpec {
  const { step, target, timeout, http, grpc, check, capture, tags } = entry;
  invariant(step !== undefined && target !== undefined, 'a step has a target');
  invariant(http !== undefined || grpc !== undefined, 'a step has http or grpc');
  const checks = check && checksOf(check);
  return {
    name: step,
    target,
    timeoutNs: grpc ? grpcTimeoutNs(timeout, grpc) : (timeout ?? TIMEOUT_DEFAULT_NS),
    ...requestPart(entry),
    okStatuses:
      check?.status === undefined ? (grpc ? GRPC_OK : OK_STATUSES) : statusRanges(check.status),
    ...(tags && { tags }),
    ...(checks && { checks }),
    ...(capture && Object.keys(capture).length > 0 && { captures: capturesOf(capture) }),
  };
}

function requestPart({ http, grpc }: EntryFile): Pick<StepSpec, 'http' | 'grpc'> {
  if (grpc) return grpcCall(grpc);
  invariant(http !== undefined, 'a step has http or grpc');
  return { http: requestOf(http) };
}

function requestOf(http: NonNullable<EntryFile['http']>): HttpRequestSpec {
  const given = Object.entries(http.headers);
  const isTyped = given.some(([name]) => name.toLowerCase() === 'content-type');
  if (http.json !== undefined && !isTyped) given.push(['content-type', 'application/json']);
  const of = (text: string, form: HoleForm): Template => readTemplate(text, form).template;
  return requestFrom(http.method ?? 'GET', {
    path: of(http.path, 'path'),
    headers: given.map(([name, value]) => [name, of(value, 'header')] as const),
    body: http.json === undefined ? of(http.body ?? '', 'text') : jsonTemplate(http.json),
  });
}

function statusRanges(status: StatusFile): StepSpec['okStatuses'] {
  return (Array.isArray(status) ? status : [status]).map((item) => {
    if (typeof item === 'number') return { from: item, to: item };
    const grpc = GRPC_STATUSES.find((name) => name === item);
    if (grpc !== undefined) return { from: grpcCallStatus(grpc), to: grpcCallStatus(grpc) };
    const from = Number(item[0]) * 100;
    return { from, to: from + 99 };
  });
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

function textMatch({ equals, contains, matches, like }: TextMatchFile): TextMatch {
  return {
    ...(equals !== undefined && { equals }),
    ...(contains !== undefined && { contains }),
    ...(matches !== undefined && { matches }),
    ...(like !== undefined && { like }),
  };
}

function valueMatch(wanted: NonNullable<CheckFile['json']>[string]): ValueMatch {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
    return equalTo(wanted);
  }
  const { equals, exists, contains, matches, min, max } = wanted;
  return {
    ...(equals !== undefined && equalTo(equals)),
    ...(exists !== undefined && { exists }),
    ...(contains !== undefined && { contains }),
    ...(matches !== undefined && { matches }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

function equalTo(wanted: unknown): ValueMatch {
  const equals = jsonTemplate(wanted);
  return { equals, equalsText: templateText(equals) };
}

function capturesOf(capture: CaptureFile): CaptureSpec[] {
  return Object.entries(capture).map(([name, source]): CaptureSpec => {
    if (typeof source === 'string') return { name, from: 'json', path: source };
    const { json, header, regex, default: orElse } = source;
    const common = { name, ...(orElse !== undefined && { orElse }) };
    if (json !== undefined) return { ...common, from: 'json', path: json };
    if (header !== undefined) return { ...common, from: 'header', header: header.toLowerCase() };
    invariant(regex !== undefined, 'a capture has one source');
    return { ...common, from: 'body', regex };
  });
}
