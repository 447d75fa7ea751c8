import type * as ajv from 'ajv';
import { errorText, HarnessError } from '../core/index.ts';
import { compilePattern } from '../pattern/index.ts';
import type { SchemaSource } from '../scenario/index.ts';
import { ajvLibrary } from './vendor-libraries.ts';

/** What is needed to compile a schema. */
export interface SchemaContext {
  /** Returns the location of the schema, for messages. */
  readonly location: () => string;
  /** Returns the text of a file that the scenario names. */
  readonly fileText: (path: string) => string;
}

/**
 * Returns the check of a value by a JSON Schema (draft-07), compiled once: '' for one that meets
 * it, or the first of its conditions that does not hold, `/properties/id/type must be string`:
 * its location in the schema, and nothing of the value.
 * @throws SCENARIO_INVALID for what is no schema.
 */
export function schemaCheck(
  source: SchemaSource,
  context: SchemaContext,
): (value: unknown) => string {
  const where = 'file' in source ? source.file : context.location();
  const refuse = (error: unknown): never => {
    throw new HarnessError('SCENARIO_INVALID', `no JSON Schema: ${errorText(error)} (${where})`, {
      hint: 'Write a JSON Schema of draft-07 whose $refs stay within it.',
      cause: error,
    });
  };
  try {
    const schema: unknown =
      'file' in source ? JSON.parse(context.fileText(source.file)) : source.inline;
    if (typeof schema !== 'object' || schema === null) throw new TypeError('it must be a map');
    const validate = linearAjv().compile(schema);
    return (value) => {
      if (validate(value)) return '';
      const [first] = validate.errors ?? [];
      return `${first?.schemaPath.replace(/^#/u, '') ?? ''} ${messageOf(first)}`.trim();
    };
  } catch (error) {
    return refuse(error);
  }
}

/** The validator, without what takes longer than in proportion to an answer. */
function linearAjv(): ajv.Ajv {
  const regExp = Object.assign((pattern: string) => compilePattern(pattern), { code: 'pattern' });
  return new (ajvLibrary().Ajv)({ strict: false, logger: false, code: { regExp } })
    .removeKeyword('uniqueItems')
    .addKeyword({
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      validate: (isWanted: boolean, items: readonly unknown[]) =>
        !isWanted || new Set(items.map(canonicalText)).size === items.length,
    });
}

/** Equal values have equal texts. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalText(inner)}`).join()}}`;
}

/** Of items that are alike, the text would name their locations. */
function messageOf(
  error: { readonly keyword: string; readonly message?: string } | undefined,
): string {
  if (error?.keyword === 'uniqueItems') return 'must NOT have duplicate items';
  return error?.message ?? 'is not as wanted';
}
