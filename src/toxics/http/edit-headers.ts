import type { SettingProblem } from '../toxic-kind.ts';
import type { HeaderEdit } from './request-plan.ts';

/** A header of a message: its name in its original case, its value without surrounding blanks. */
export type HeaderField = readonly [name: string, value: string];

/**
 * Not allowed in a value in any version of HTTP: it would end the field, or encode as two bytes.
 */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/gu;

/**
 * Returns the headers after some edits, one after the other. What is not named keeps its place, its
 * case and its doubles; what is set takes the place of the first of its name, what is new comes
 * last. A name that is no token is passed over; what no value may hold, a line break say, becomes
 * `?`.
 */
export function editHeaders(
  fields: readonly HeaderField[],
  edits: readonly HeaderEdit[],
): readonly HeaderField[] {
  return edits.reduce(editOnce, fields);
}

/** Returns headers as fields; those that cannot be sent are left out. */
export function sendableFields(headers: Readonly<Record<string, string>>): readonly HeaderField[] {
  return Object.entries(headers)
    .filter(([name]) => isHeaderName(name))
    .map(([name, value]) => [name, value.trim().replace(UNSENDABLE, '?')]);
}

function editOnce(fields: readonly HeaderField[], edit: HeaderEdit): readonly HeaderField[] {
  const removed = new Set(edit.remove.map((name) => name.toLowerCase()));
  let edited = fields.filter(([name]) => !removed.has(name.toLowerCase()));
  for (const field of sendableFields(edit.set)) edited = withSet(edited, field);
  return [...edited, ...sendableFields(edit.add)];
}

function withSet(fields: readonly HeaderField[], [name, value]: HeaderField): HeaderField[] {
  const isNamed = (field: HeaderField): boolean => field[0].toLowerCase() === name.toLowerCase();
  const first = fields.findIndex(isNamed);
  if (first < 0) return [...fields, [name, value]];
  return fields.flatMap((field, i): HeaderField[] => {
    if (i === first) return [[field[0], value]];
    return isNamed(field) ? [] : [field];
  });
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;

/**
 * Headers that frame a message and rule its connection. Editing them would make the receiver read
 * the next message as part of this one, or wait for bytes that never arrive.
 */
const OF_FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
]);

/** Returns whether HTTP allows this header name. */
export function isHeaderName(name: string): boolean {
  return TOKEN.test(name);
}

/**
 * Returns what is wrong with the header names that a setting has; nothing where all may be edited.
 */
export function headerNameProblems(setting: string, names: readonly string[]): SettingProblem[] {
  return names.flatMap((seen): SettingProblem[] => {
    if (!isHeaderName(seen)) {
      const hint = "Write letters, digits, - or any of !#$%&'*+.^_`|~, without blanks and colons.";
      return [{ name: setting, seen, wanted: 'a header name that HTTP allows', hint }];
    }
    if (!OF_FRAMING.has(seen.toLowerCase())) return [];
    const wanted = `none of ${[...OF_FRAMING].join(', ')}: they say where a message ends`;
    const hint =
      'Leave it out. To cut a body off or to replace it use http_body, to break a connection http_reset.';
    return [{ name: setting, seen, wanted, hint }];
  });
}
