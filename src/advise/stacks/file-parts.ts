import { type Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { HarnessError } from '../../core/index.ts';
import type { CallRequest } from '../../spans/index.ts';

/** Which calls a part of a file is for, by what it says itself; what it does not say is any. */
export interface CallScope {
  /**
   * By any of these names; a port behind a name does not matter, nor case, dashes, underscores and
   * blanks. `*` stands for any.
   */
  readonly callees: readonly string[];
  readonly httpMethod?: string;
  /** The whole path, of RPC `/package.Service/Method`. */
  readonly path?: string;
  readonly pathPrefix?: string;
}

/** An edge as far as files name it. */
export interface ScopedEdge {
  readonly callee: string;
  readonly request: Omit<CallRequest, 'caller' | 'operation'>;
}

/** Returns whether the calls of an edge are of a scope. */
export function isInScope(edge: ScopedEdge, scope: CallScope): boolean {
  const { callee, request } = edge;
  const { httpMethod, path, pathPrefix } = scope;
  const isRpc = request.rpcService !== '';
  const own = isRpc ? `/${request.rpcService}/${request.rpcMethod}` : request.path;
  return (
    scope.callees.some((name) => name === '*' || isSameName(name, callee)) &&
    (httpMethod === undefined || httpMethod === (isRpc ? 'POST' : request.httpMethod)) &&
    (path === undefined || path === own) &&
    (pathPrefix === undefined || own.startsWith(pathPrefix))
  );
}

/** `payment.shop.svc.cluster.local:80` is payment, `card-payment` is CardPayment. */
function isSameName(name: string, callee: string): boolean {
  const host = name.replace(/:(?:\d+|\*)$/u, '');
  const own = plainName(callee);
  return own !== '' && [host, host.replace(/\..*$/u, '')].some((one) => plainName(one) === own);
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/gu, '');
}

/** A value of a file of YAML or JSON, and where it lies. */
export interface FilePart {
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
}

/**
 * Returns the items of all lists under a key, however deep in a file of YAML or JSON, in their
 * order: a team's file has them below what an export has not.
 * @throws USAGE_INVALID for a file with this key that is broken
 */
export function itemsUnder(text: string, key: string): readonly FilePart[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, logLevel: 'error' });
  if (new RegExp(String.raw`^[\s\w"{-]*\b${key}"?:`, 'mu').test(text)) refuseBroken(documents);
  return documents.flatMap((document) => {
    const found: FilePart[] = [];
    walk(document.toJS(), [], (value, path) => {
      if (path.at(-2) !== key || typeof path.at(-1) !== 'number') return;
      const node: unknown = document.getIn(path, true);
      const from = isNode(node) ? (node.range?.[0] ?? 0) : 0;
      found.push({ value, line: lineCounter.linePos(from).line });
    });
    return found;
  });
}

/** @throws USAGE_INVALID for YAML that is broken, a part of which would be missing */
export function refuseBroken(documents: readonly Document.Parsed[]): void {
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error === undefined) return;
  const line = error.linePos?.[0].line;
  const message = error.message.split(/ at line |\n/u, 1)[0] ?? '';
  throw new HarnessError(
    'USAGE_INVALID',
    `it is no whole YAML${line === undefined ? '' : `, line ${line}`}: ${message}`,
    { hint: 'Mend it, or name another file.' },
  );
}

function walk(
  value: unknown,
  path: readonly (string | number)[],
  see: (value: unknown, path: readonly (string | number)[]) => void,
): void {
  see(value, path);
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) walk(item, [...path, i], see);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) walk(item, [...path, key], see);
  }
}
