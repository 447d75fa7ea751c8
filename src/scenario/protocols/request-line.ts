import * as z from 'zod';
import { readTemplate } from '../template.ts';

/** The short form of a request of HTTP: `/orders`, or `GET /orders`. */

const METHOD = /^[A-Z]{1,20}$/u;
/** The method of the recorded request, which stands alone. */
export const RECORDED_METHOD = '${replay.method}';
/** For the editor; what the parts must be in full is said by the checks. */
const PATTERN = String.raw`^(([A-Z]{1,20}|\$\{replay\.method\}) )?(/|\$\{)`;
const WANTED = 'must be a path that begins with /, or a method and a path such as GET /orders';
const OTHERWISE =
  'Write %20 for a space in the path. With headers or a body it is a map: { method: POST, path: /orders, json: {} }.';

/** Returns whether a request may have the method. */
export function isMethod(method: string): boolean {
  return method === RECORDED_METHOD || (METHOD.test(method) && method !== 'CONNECT');
}

/** Returns whether the text is a path. The value of a reference is encoded when it is filled in. */
export function isPath(path: string): boolean {
  const { template } = readTemplate(path, 'path');
  const [first] = template;
  const isRooted = typeof first === 'string' ? first.startsWith('/') : first?.form === 'whole-path';
  return isRooted && template.every((p) => typeof p !== 'string' || /^[^\s#\p{Cc}]*$/u.test(p));
}

/** A request in its short form. */
export interface RequestLine {
  /** Undefined for the default. */
  readonly method: string | undefined;
  readonly path: string;
}

/** Returns the parts of a request line; what they must be is not checked. */
export function splitRequestLine(line: string): RequestLine {
  const recorded = `${RECORDED_METHOD} `;
  if (line.startsWith(recorded)) {
    return { method: RECORDED_METHOD, path: line.slice(recorded.length) };
  }
  const space = line.indexOf(' ');
  // A reference may hold a space: ${env.NAME:-a b}.
  if (space === -1 || /^[/$]/u.test(line)) return { method: undefined, path: line };
  return { method: line.slice(0, space), path: line.slice(space + 1) };
}

export const requestLine = z
  .string({ error: WANTED })
  .meta({ pattern: PATTERN })
  .superRefine((line, context) => {
    const { path } = splitRequestLine(line);
    const { problems } = readTemplate(path, 'path');
    for (const { message, hint, character } of problems) {
      const params = { whole: true, hint, character: line.length - path.length + character };
      context.addIssue({ code: 'custom', message, params });
    }
    const problem = problems.length > 0 ? undefined : problemOf(line);
    if (problem === undefined) return;
    const { wanted, hint } = problem;
    context.addIssue({ code: 'custom', message: wanted, params: { hint } });
  });

interface LineProblem {
  readonly wanted: string;
  readonly hint: string;
}

/** What the writer meant is guessed where it is one of the usual slips. */
function problemOf(line: string): LineProblem | undefined {
  const { method = 'GET', path } = splitRequestLine(line);
  if (isMethod(method) && isPath(path)) return undefined;
  const written = /\b[a-z][a-z+.-]*:\/\/[^\s/?#]+/iu.exec(line);
  if (written) {
    return {
      wanted: 'must have a path, not an url: where it goes is said by the target',
      hint: `Write url: ${written[0]} under targets, and here the path.`,
    };
  }
  const [first = '', second, ...more] = line.trim().split(/\s+/u);
  const words = [first, second].map((word) => word?.toUpperCase() ?? '');
  if (second === undefined && isMethod(words[0] ?? '') && KNOWN_METHODS.has(words[0] ?? '')) {
    return { wanted: 'must have a path behind its method', hint: `Write ${words[0]} /PATH.` };
  }
  if (second !== undefined && more.length === 0) {
    if (isMethod(words[0] ?? '') && isPath(second)) {
      const right = `${words[0]} ${second}`;
      const isCase = first !== words[0];
      return {
        wanted: isCase
          ? 'must have its method in upper case'
          : 'must have one space between its method and its path',
        hint: `Write ${right}`,
      };
    }
    if (KNOWN_METHODS.has(words[1] ?? '') && isPath(first)) {
      return { wanted: 'must have its method first', hint: `Write ${words[1]} ${first}` };
    }
  }
  const isSlashMissing = isMethod(method) && !/^[/$]|[\s#]/u.test(path) && isPath(`/${path}`);
  if (isSlashMissing) {
    return { wanted: WANTED, hint: `Write ${line.slice(0, -path.length)}/${path}` };
  }
  return { wanted: `${WANTED}, without a space or # in the path`, hint: OTHERWISE };
}

/** A word that is taken for a method where none is wanted. */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
]);
