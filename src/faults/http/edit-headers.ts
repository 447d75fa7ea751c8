import { isHeaderName } from './header-names.ts';
import type { HeaderEdit } from './request-plan.ts';

/** A header as it stands in a message: its name in the case it came in, its value without the blanks around. */
export type HeaderField = readonly [name: string, value: string];

/** What no value may hold in any version of HTTP: it would end the field, or stand for two bytes. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/gu;

/**
 * Returns the headers after some edits, one after the other. What is not named keeps its place, its
 * case and its doubles; what is set takes the place of the first of its name, what is new comes last.
 * A name that is no token is passed over; what no value may hold, a line break say, becomes `?`.
 */
export function editHeaders(
  fields: readonly HeaderField[],
  edits: readonly HeaderEdit[],
): readonly HeaderField[] {
  return edits.reduce(editOnce, fields);
}

/** Returns headers that are told by name as fields, those that can be sent. */
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
