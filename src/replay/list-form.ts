import { HarnessError } from '../core/index.ts';
import type { ReplayFileSpec } from '../scenario/index.ts';
import { saysTime } from './read-fields.ts';
import { readPlainLine, isTextLine } from './text-line.ts';
import { linesOf } from './text-lines.ts';

/** How a file is taken apart: in lines, or in what may reach over lines. */
export type ListForm =
  | { readonly kind: 'lines' | 'objects' | 'w3c' | 'plain' }
  | { readonly kind: 'csv'; readonly delimiter: string };

/** Lines that are looked at for one that is known: a log may begin with others. */
const LINES_LOOKED_AT = 100;
const DELIMITERS = [',', ';', '\t', '|'];

/** The logs that are known by their lines, for messages. */
export const KNOWN_FORMATS =
  'access logs of nginx, Apache, HAProxy (httplog), Envoy, Traefik, Caddy, AWS load balancers, IIS and CloudFront, also as containers, syslog or gzip keep them; JSON lines or an array; CSV with a head line; a time per line';

type Spec = Pick<ReplayFileSpec, 'format' | 'timeField'>;

/**
 * Returns the form of a file: of the format that is named, or of its first line that is known.
 * @throws REPLAY_UNREADABLE where none of the first 100 lines is known
 */
export async function formOf(path: string, spec: Spec): Promise<ListForm> {
  const seen: string[] = [];
  for await (const line of linesOf(path)) {
    if (line.trim() === '') continue;
    const form =
      spec.format === 'auto' ? formOfLine(line, spec, seen.length === 0) : named(line, spec);
    if (form) return form;
    seen.push(line);
    if (seen.length === LINES_LOOKED_AT) break;
  }
  const [first] = seen;
  if (first === undefined) return { kind: 'plain' };
  throw new HarnessError(
    'REPLAY_UNREADABLE',
    `the format of ${path} is not known by its lines, got "${shownLine(first)}"`,
    { hint: `Known are ${KNOWN_FORMATS}. Or write format: json or csv and timeField, pathField.` },
  );
}

function formOfLine(line: string, spec: Spec, isFirst: boolean): ListForm | undefined {
  if (/^\s*\[\s*(?:\{|$)/u.test(line) && isFirst) return { kind: 'objects' };
  if (line.startsWith('{')) return jsonForm(line);
  if (/^#(?:Software|Version|Date|Fields):/u.test(line)) return { kind: 'w3c' };
  if (isTextLine(line)) return { kind: 'lines' };
  if (!('problem' in readPlainLine(line))) return { kind: 'plain' };
  if (!isFirst) return undefined;
  return csvForms(line).find(({ delimiter }) => namesTime(line, delimiter, spec.timeField));
}

function named(line: string, { format }: Spec): ListForm {
  switch (format) {
    case 'json':
      return line.startsWith('{') ? jsonForm(line) : { kind: 'objects' };
    case 'csv': {
      const [best] = csvForms(line);
      return best ?? { kind: 'csv', delimiter: ',' };
    }
    case 'plain':
    case 'w3c':
      return { kind: format };
    case 'access':
    case 'auto':
    default:
      return { kind: 'lines' };
  }
}

/** An object that its line does not hold whole reaches over several. */
function jsonForm(line: string): ListForm {
  return { kind: line.trimEnd().endsWith('}') ? 'lines' : 'objects' };
}

/** Returns the delimiters that a head line holds, the one it holds most often first. */
function csvForms(line: string): (ListForm & { readonly kind: 'csv' })[] {
  const count = (delimiter: string): number => line.split(delimiter).length - 1;
  return DELIMITERS.filter((delimiter) => count(delimiter) > 0)
    .toSorted((a, b) => count(b) - count(a))
    .map((delimiter) => ({ kind: 'csv', delimiter }));
}

function namesTime(line: string, delimiter: string, timeField: string | undefined): boolean {
  const columns = line.split(delimiter).map((column) => column.trim().replaceAll('"', ''));
  const fields = Object.fromEntries(columns.map((column) => [column, column]));
  return timeField === undefined ? saysTime(fields) : columns.includes(timeField);
}

function shownLine(line: string): string {
  const text = Buffer.from(line.slice(0, 160), 'latin1').toString('utf8');
  return text.replaceAll(/\p{Cc}/gu, '\u{FFFD}').slice(0, 100);
}
