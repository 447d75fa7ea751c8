import type { Description } from './description.ts';
import { entriesOf, isMap, listOf, mapOf, textOf, type JsonMap } from './json-map.ts';
import { requestOf, type OperationRequest } from './operation-request.ts';
import { Unusable } from './references.ts';
import { ownServers } from './servers.ts';

/** An operation that can be called. */
export interface Operation extends OperationRequest {
  /** `operationId`; undefined where it has none. */
  readonly id: string | undefined;
  readonly method: string;
  /** As the description has it: `/pets/{petId}`. */
  readonly template: string;
  /** The url of its own server; undefined where it has that of the description. */
  readonly server: string | undefined;
  /** Accepted statuses that it names; empty where it names none. */
  readonly statuses: readonly (number | string)[];
}

/** An operation that is left out, and why: one phrase. */
export interface SkippedOperation {
  readonly method: string;
  readonly template: string;
  readonly reason: string;
}

/** Which operations are wanted; an empty list of tags or paths wants all. */
export interface OperationChoice {
  /** In upper case. */
  readonly methods: readonly string[];
  readonly tags: readonly string[];
  /** Templates; `*` stands for any text. */
  readonly paths: readonly string[];
  /** Where the description was read from: relative servers are relative to it. */
  readonly readFrom: string | undefined;
}

/** What a description has to call. */
export interface Operations {
  readonly operations: readonly Operation[];
  readonly skipped: readonly SkippedOperation[];
  readonly pathCount: number;
}

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete', 'trace'];

/** Returns the operations of a description in the order of the file, and those left out. */
export function operationsOf(description: Description, choice: OperationChoice): Operations {
  const operations: Operation[] = [];
  const skipped: SkippedOperation[] = [];
  const paths = entriesOf(description.root['paths']).filter(([path]) => path.startsWith('/'));
  for (const [template, written] of paths) {
    const skip = (method: string, reason: string): void => {
      skipped.push({ method, template, reason });
    };
    const item = orReason(() => mapOf(description.references.follow(written)));
    if (typeof item === 'string') {
      skip('*', item);
      continue;
    }
    for (const key of METHODS) {
      const method = key.toUpperCase();
      const operation = orReason(() => description.references.follow(item[key]));
      if (typeof operation === 'string') skip(method, operation);
      if (!isMap(operation)) continue;
      const unwanted = unwantedReason(method, template, operation, choice);
      const made =
        unwanted ??
        orReason(() =>
          operationFrom({ template, item, operation }, method, description, choice.readFrom),
        );
      if (typeof made === 'string') skip(method, made);
      else operations.push(made);
    }
  }
  return { operations, skipped, pathCount: paths.length };
}

interface WrittenOperation {
  readonly template: string;
  readonly item: JsonMap;
  readonly operation: JsonMap;
}

function operationFrom(
  written: WrittenOperation,
  method: string,
  description: Description,
  readFrom: string | undefined,
): Operation {
  const { template, item, operation } = written;
  const servers = ownServers([operation, item], readFrom);
  if (servers?.length === 0) throw new Unusable('its own server is no http url');
  return {
    ...requestOf(written, description),
    id: textOf(operation['operationId']),
    method,
    template,
    server: servers?.[0],
    statuses: acceptedStatuses(operation),
  };
}

function unwantedReason(
  method: string,
  template: string,
  operation: JsonMap,
  { methods, tags, paths }: OperationChoice,
): string | undefined {
  if (paths.length > 0 && !paths.some((path) => fits(path, template))) return 'not of --path';
  const own = listOf(operation['tags']);
  if (tags.length > 0 && !tags.some((tag) => own.includes(tag))) return 'not of --tag';
  if (methods.includes(method)) return undefined;
  return method === 'GET' ? 'not of --method' : `changes data, or may: --method ${method}`;
}

/** `*` stands for any text; everything else for itself. */
function fits(pattern: string, template: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === template;
  const last = rest.pop() ?? '';
  if (!template.startsWith(first) || !template.endsWith(last)) return false;
  let at = first.length;
  const end = template.length - last.length;
  for (const part of rest) {
    const found = template.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** Those from 200 to 399, and classes of them; `default` says nothing of success. */
function acceptedStatuses(operation: JsonMap): readonly (number | string)[] {
  return entriesOf(operation['responses']).flatMap(([status]): readonly (number | string)[] => {
    if (/^[23]\d\d$/u.test(status)) return [Number(status)];
    return /^[23]xx$/iu.test(status) ? [status.toLowerCase()] : [];
  });
}

function orReason<T>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unusable) return error.message;
    throw error;
  }
}
