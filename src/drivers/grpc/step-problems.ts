import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { didYouMean, errorText } from '../../core/index.ts';
import type { GrpcCallSpec, StepProblem, StepSpec } from '../../scenario/index.ts';
import { messagesOf } from './grpc-step.ts';
import { type GrpcSchema, type MethodSchema, nameOf } from './schema.ts';

type Path = StepProblem['path'];

/** What is wrong at one location in a step. */
type CallProblem = Omit<StepProblem, 'step'>;

/**
 * Returns what is wrong with a gRPC step by the schema of its target; nothing for any other step.
 */
export function stepProblems({ name, call }: StepSpec, schema: GrpcSchema): StepProblem[] {
  if (call.protocol !== 'grpc') return [];
  const method = schema.method(call.service, call.method);
  const problems =
    method === undefined ? [unknownMethod(call, schema)] : callProblems(call, method);
  return problems.map((problem) => ({ step: name, ...problem }));
}

function unknownMethod({ service, method }: GrpcCallSpec, schema: GrpcSchema): CallProblem {
  const path = ['grpc', 'method'];
  const methods = schema.methodsOf(service);
  const [kind, name, known] =
    methods === undefined
      ? (['service', service, schema.services] as const)
      : (['method', method, methods] as const);
  const message = `unknown ${kind} "${name}"${didYouMean(name, known)}`;
  const of = methods === undefined ? 'services of the schema' : `methods of ${service}`;
  return { path, part: 'value', message, hint: `The ${of}: ${known.join(', ')}.` };
}

function callProblems(call: GrpcCallSpec, method: MethodSchema): CallProblem[] {
  const problems = [...kindProblems(call, method), ...messageProblems(call, method)];
  if (problems.length > 0 || call.request.templates) return problems;
  try {
    messagesOf(call, method, call.request.body);
    return [];
  } catch (error) {
    const message = `the message does not fit: ${errorText(error)}`;
    return [{ path: ['grpc'], part: 'value', message, hint: hintOf(method.request) }];
  }
}

/** What is said of streams fits the kind of the method. */
function kindProblems(call: GrpcCallSpec, { streamsOut, streamsIn }: MethodSchema): CallProblem[] {
  const name = `${call.service}/${call.method}`;
  const problem = (key: string, who: string): CallProblem => ({
    path: ['grpc', key],
    part: 'key',
    message: `${key} is for methods ${who}, and ${name} is none`,
    hint: `Remove ${key}.`,
  });
  const toServer = 'to which the client streams';
  const given = (key: string, isGiven: boolean, isFor: boolean, who: string): CallProblem[] =>
    isGiven && !isFor ? [problem(key, who)] : [];
  return [
    ...given('messages', call.isList, streamsOut, toServer),
    ...given('repeat', call.repeat > 1, streamsOut, toServer),
    ...given('every', call.everyNs > 0, streamsOut, toServer),
    ...given('answers', call.pairs, streamsOut && streamsIn, 'where both sides stream'),
    ...given('take', call.take < Infinity, streamsIn, 'whose server streams'),
    ...given('for', call.forNs < Infinity, streamsIn, 'whose server streams'),
  ];
}

function messageProblems(
  { written, isList }: GrpcCallSpec,
  { request }: MethodSchema,
): CallProblem[] {
  if (!isList) return valueProblems(request, written, ['grpc', 'message']);
  return [written]
    .flat()
    .flatMap((message, i) => valueProblems(request, message, ['grpc', 'messages', i]));
}

/** A field of these is read as a whole: it has a form of its own. */
const OWN_FORM = /^\.google\.protobuf\./u;

/** Walks a message as the file has it; what is filled in is known at run time only. */
function valueProblems(type: protobuf.Type, value: unknown, path: Path): CallProblem[] {
  if (OWN_FORM.test(type.fullName)) {
    return isFilledIn(value) ? [] : parsing(() => protojson.fromJson(type, value), type, path);
  }
  if (typeof value === 'string' && isFilledIn(value)) return [];
  if (!isMap(value)) {
    const message = `must be a map of the fields of ${nameOf(type)}`;
    return [{ path, part: 'value', message, hint: hintOf(type) }];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = type.fieldsArray.find(({ name, jsonName, protoName }) =>
      [name, jsonName, protoName].includes(key),
    );
    if (field !== undefined) return fieldProblems(type, field, inner, [...path, key]);
    const names = type.fieldsArray.map(({ name }) => name);
    const message = `unknown field "${key}" of ${nameOf(type)}${didYouMean(key, names)}`;
    return [{ path: [...path, key], part: 'key' as const, message, hint: hintOf(type) }];
  });
}

function fieldProblems(
  type: protobuf.Type,
  field: protobuf.Field,
  value: unknown,
  path: Path,
): CallProblem[] {
  const resolved = field.resolve().resolvedType;
  const inner = resolved instanceof protobuf.Type ? resolved : undefined;
  if (inner && field.map && isMap(value)) {
    return Object.entries(value).flatMap(([key, v]) => valueProblems(inner, v, [...path, key]));
  }
  if (inner && field.repeated && Array.isArray(value)) {
    return value.flatMap((item: unknown, i) => valueProblems(inner, item, [...path, i]));
  }
  if (inner && !field.map && !field.repeated && value !== null) {
    return valueProblems(inner, value, path);
  }
  if (isFilledIn(value)) return [];
  return parsing(() => protojson.fromJson(type, { [field.name]: value }), type, path);
}

function parsing(parse: () => unknown, type: protobuf.Type, path: Path): CallProblem[] {
  try {
    parse();
    return [];
  } catch (error) {
    const message = errorText(error).replace(/^\.[\w.]+: /u, `${String(path.at(-1))}: `);
    return [{ path, part: 'value', message, hint: hintOf(type) }];
  }
}

function hintOf(type: protobuf.Type): string {
  const fields = type.fieldsArray.map(({ name, type: of, repeated }) => {
    return `${name} (${repeated ? 'list of ' : ''}${of})`;
  });
  return `The fields of ${nameOf(type)}: ${fields.join(', ')}.`;
}

/** Returns whether a value holds a reference. */
function isFilledIn(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${');
  return typeof value === 'object' && value !== null && Object.values(value).some(isFilledIn);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
