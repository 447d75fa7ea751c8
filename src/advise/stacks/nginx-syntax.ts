import { matchesGlob } from 'node:path/posix';
import { HarnessError } from '../../core/index.ts';

/** A directive of nginx: `name arguments;` or `name arguments { ... }`. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  /** Of a block. */
  readonly inner?: readonly Directive[];
  /** From 1. */
  readonly line: number;
  /** The key that a comment before it gives it; '' for none. */
  readonly edge: string;
}

/** What says nothing of calls that are passed on. */
const HARMLESS = /(?:^|\/)(?:mime\.types|modules-enabled\/.*|modules\/.*)$/u;
const TOKEN = /#([^\n]*)|"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|[{};]|[^\s{};"']+|\n/gu;

/**
 * Returns the directives of a configuration, what it includes in their places: `nginx -T` prints
 * the included files behind the first, each behind a comment with its path. Comments `# http: ...`
 * are read as what they say.
 * @throws USAGE_INVALID for an include of a file that is not there
 */
export function nginxDirectives(text: string): readonly Directive[] {
  const files = printedFiles(text);
  const [first] = files;
  return first === undefined
    ? []
    : included(first.directives, { files, path: first.path, depth: 0 });
}

interface PrintedFile {
  readonly path: string;
  readonly directives: readonly Directive[];
}

interface Including {
  readonly files: readonly PrintedFile[];
  readonly path: string;
  readonly depth: number;
}

/** A file may include itself. */
const DEPTH_MAX = 20;

function included(directives: readonly Directive[], where: Including): readonly Directive[] {
  const { files, depth } = where;
  return directives.flatMap((directive): readonly Directive[] => {
    const { name, args, inner, line } = directive;
    if (name === 'include') {
      const pattern = args[0] ?? '';
      if (HARMLESS.test(pattern)) return [];
      const folder = where.path.replace(/[^/]*$/u, '');
      const whole = pattern.startsWith('/') ? pattern : `${folder}${pattern}`;
      const own = files.slice(1).filter(({ path }) => matchesGlob(path, whole));
      const isPrinted = own.length > 0 || (files.length > 1 && /[*?[]/u.test(pattern));
      if (!isPrinted || depth > DEPTH_MAX) throw notThere(pattern, line);
      return own.flatMap((file) => included(file.directives, { ...where, depth: depth + 1 }));
    }
    return [inner === undefined ? directive : { ...directive, inner: included(inner, where) }];
  });
}

function notThere(pattern: string, line: number): HarnessError {
  return new HarnessError(
    'USAGE_INVALID',
    `include ${pattern} (line ${line}) names what is not in the file, and its settings may be those of the calls`,
    { hint: 'Name a file with all of it: nginx -T > all.conf' },
  );
}

/** One file, or several as `nginx -T` prints them. */
function printedFiles(text: string): readonly PrintedFile[] {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, i) => {
    const path = /^# configuration file (.*):\s*$/u.exec(line)?.[1];
    return path === undefined ? [] : [{ path, from: i + 1 }];
  });
  const parts = starts.length > 0 ? starts : [{ path: '', from: 0 }];
  return parts.map(({ path, from }, i) => {
    const to = (starts[i + 1]?.from ?? lines.length + 1) - 1;
    return { path, directives: parsed(lines.slice(from, to).join('\n'), from + 1) };
  });
}

function parsed(text: string, firstLine: number): readonly Directive[] {
  const root: Directive[] = [];
  const open = [root];
  let words: string[] = [];
  let [line, wordLine, edge] = [firstLine, firstLine, ''];
  const end = (inner?: Directive[]): void => {
    const [name = '', ...args] = words;
    const directive = { name, args, line: wordLine, edge, ...(inner !== undefined && { inner }) };
    if (name !== '') open.at(-1)?.push(directive);
    [words, edge] = [[], ''];
  };
  for (const [token, comment, double, single] of text.matchAll(TOKEN)) {
    if (comment !== undefined) {
      const said = /^ http: (.*)$/u.exec(comment)?.[1];
      if (said !== undefined) root.push(...parsed(said, line));
      edge = /^ edge ([\w-]+): /u.exec(comment)?.[1] ?? edge;
    } else if (token === ';') end();
    else if (token === '{') {
      const inner: Directive[] = [];
      end(inner);
      open.push(inner);
    } else if (token === '}') {
      [words, edge] = [[], ''];
      if (open.length > 1) open.pop();
    } else if (token !== '\n') {
      if (words.length === 0) wordLine = line;
      words.push((double ?? single ?? token).replaceAll(/\\(["'\\])/gu, '$1'));
    }
    line += token.split('\n').length - 1;
  }
  return root;
}
