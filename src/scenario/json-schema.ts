import * as z from 'zod';
import type { Help } from './file/quantities.ts';
import { scenarioFile } from './file/scenario-file.ts';
import type { Path } from './problem.ts';
import { valueAt } from './select.ts';

/** The parts of a JSON Schema that callgauge's own uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly const?: unknown;
  /** The value may be a secret and is not shown. */
  readonly writeOnly?: boolean;
}

/**
 * Returns the JSON Schema (draft-07) of the scenario file, for editors: every key with what it
 * means, its default and examples. It is committed as schema/scenario.schema.json.
 */
export function scenarioJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(scenarioFile, {
    io: 'input',
    target: 'draft-7',
    // A number that keeps its digits is none of zod's own types.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Left out by zod wherever a value is converted, lest they be of the converted form; ours are
      // written as they are in the file.
      const meta = z.globalRegistry.get(zodSchema) as FileMeta | undefined;
      if (meta?.examples !== undefined) jsonSchema.examples = [...meta.examples];
      if (meta?.default !== undefined) jsonSchema.default = meta.default;
      if (meta?.jsonType !== undefined) jsonSchema.type = meta.jsonType;
      delete jsonSchema['jsonType'];
      if (meta?.shownAs !== undefined) {
        jsonSchema.anyOf =
          z.toJSONSchema(meta.shownAs, { io: 'input', target: 'draft-7' }).anyOf ?? [];
      }
      delete jsonSchema['shownAs'];
      if (isEmpty(jsonSchema.default)) delete jsonSchema.default;
      if (meta?.isMapOrText) joinForms(jsonSchema);
    },
  });
  return schema as JsonSchema;
}

/** Keys that say which of several forms a map has. */
const FORM_KEYS = ['type', 'distribution'] as const;

/** What the schemas of `file` carry beside their rules. */
type FileMeta = Partial<Help> & {
  readonly default?: z.core.util.JSONType;
  /** The type of a value that zod has no type for. */
  readonly jsonType?: 'number' | 'string';
  /** The same value by its forms, where its own schema is none that an editor can read. */
  readonly shownAs?: z.ZodUnion;
  /** A map, or in short a text: one schema for both, so that the keys of the map are found. */
  readonly isMapOrText?: true;
};

/** Each rule of a draft-07 schema is for one type of value alone. */
function joinForms(schema: z.core.JSONSchema.BaseSchema): void {
  const { anyOf: forms = [], description, examples } = schema;
  delete schema.anyOf;
  delete schema['isMapOrText'];
  Object.assign(schema, ...forms, { type: ['string', 'object'], description, examples });
}

/**
 * Returns the schema of the value at a path of a file, undefined where the path leads out of it.
 * Of several forms of a map, the one whose `type` or `distribution` the file has.
 */
export function schemaAt(schema: JsonSchema, path: Path, file: unknown): JsonSchema | undefined {
  const defined = definedIn(schema);
  const found = path.reduce<JsonSchema | undefined>((at, step, i) => {
    const here = defined(at);
    const form = here && formOf(here, valueAt(file, path.slice(0, i)), defined);
    if (typeof step === 'number') return form?.items;
    const named = form?.additionalProperties;
    return form?.properties?.[step] ?? (typeof named === 'object' ? named : undefined);
  }, schema);
  return defined(found);
}

/** Returns the keys that a map at a path of a file may have; none where it is not fixed. */
export function keysAt(schema: JsonSchema, path: Path, file: unknown): readonly string[] {
  return Object.keys(mapAt(schema, path, file)?.properties ?? {});
}

/** Returns the keys at a path whose maps may have the key. */
export function keysWith(
  key: string,
  schema: JsonSchema,
  path: Path,
  file: unknown,
): readonly string[] {
  return keysAt(schema, path, file).filter((inner) =>
    keysAt(schema, [...path, inner], file).includes(key),
  );
}

/** Returns the form that the map at a path of a file has. */
function mapAt(schema: JsonSchema, path: Path, file: unknown): JsonSchema | undefined {
  const at = schemaAt(schema, path, file);
  return at && formOf(at, valueAt(file, path), definedIn(schema));
}

function definedIn(schema: JsonSchema) {
  return (at: JsonSchema | undefined): JsonSchema | undefined =>
    at?.$ref === undefined ? at : schema.definitions?.[nameOf(at.$ref)];
}

/** An editor has nothing to say about a list, a map or a text that is empty where left out. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '';
}

function nameOf($ref: string): string {
  return $ref.slice('#/definitions/'.length);
}

function isType(schema: JsonSchema | undefined, type: unknown): boolean {
  return schema !== undefined && schema.const === type;
}

/** Of a text or a map, it is the map. */
function formOf(
  schema: JsonSchema,
  value: unknown,
  defined: ReturnType<typeof definedIn>,
): JsonSchema {
  const maps = (schema.anyOf ?? []).map(defined).filter((form) => form?.properties !== undefined);
  if (maps[0] !== undefined && maps.length === 1) return maps[0];
  for (const key of FORM_KEYS) {
    const type = valueAt(value, [key]);
    const form = schema.oneOf?.find(({ properties }) => isType(properties?.[key], type));
    if (form) return form;
  }
  return schema;
}
