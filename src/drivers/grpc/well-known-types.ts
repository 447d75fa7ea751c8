import protobuf from 'protobufjs';
import type { SchemaData } from './schema-data.ts';

/** Where protobufjs has its own definitions of the types whose JSON is not a map of fields. */
const FILES = ['any', 'duration', 'empty', 'field_mask', 'struct', 'timestamp', 'wrappers'];
const PACKAGE = ['google', 'protobuf'];

/**
 * Returns a schema with protobufjs's own definitions of the well-known types in place of those that
 * it has, and beside them those that it has not: an Any may hold one that no file imports. By these
 * alone protobufjs reads and writes their JSON; in what a server describes, or a copy of their
 * files, fields are named `null_value` and the like, and it would lose their values.
 */
export function withWellKnownTypes(data: SchemaData): SchemaData {
  return within(data, PACKAGE, (space) => ({ ...space, ...WELL_KNOWN_TYPES }));
}

/** Returns whether a file that is imported defines well-known types alone: nobody need be asked. */
export function isWellKnownFile(name: string): boolean {
  return FILES.some((known) => name === `google/protobuf/${known}.proto`);
}

/** Returns whether a type of the package google.protobuf is one of them. */
export function isWellKnownType(name: string): boolean {
  return Object.hasOwn(WELL_KNOWN_TYPES, name);
}

type Names = Readonly<Record<string, unknown>>;

const WELL_KNOWN_TYPES: Names = Object.assign(
  {},
  ...FILES.map((name) => {
    let space = protobuf.common.get(`google/protobuf/${name}.proto`) as unknown;
    for (const part of PACKAGE) space = nestedOf(space)[part];
    return nestedOf(space);
  }),
) as Names;

/** Returns a namespace of which that below `path` has the names that `change` returns. */
function within(
  space: Names,
  [first, ...rest]: readonly string[],
  change: (nested: Names) => Names,
): Names {
  const nested = nestedOf(space);
  if (first === undefined) return { ...space, nested: change(nested) };
  const inner = isNames(nested[first]) ? nested[first] : {};
  return { ...space, nested: { ...nested, [first]: within(inner, rest, change) } };
}

function nestedOf(space: unknown): Names {
  return isNames(space) && isNames(space['nested']) ? space['nested'] : {};
}

function isNames(value: unknown): value is Names {
  return typeof value === 'object' && value !== null;
}
