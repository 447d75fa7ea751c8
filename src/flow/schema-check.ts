import { errorText, HarnessError } from '../core/index.ts';
import type { SchemaSource } from '../scenario/index.ts';
import type { JudgeContext } from './judge.ts';
import { ajvLibrary } from './vendor-libraries.ts';

/**
 * Returns the check of a value by a JSON Schema (draft-07), compiled once: '' for one that meets it,
 * or the first of its conditions that does not hold, `/properties/id/type must be string`: where that stands in the
 * schema, and nothing of the value.
 * @throws SCENARIO_INVALID for what is no schema.
 */
export function schemaCheck(
  source: SchemaSource,
  context: JudgeContext,
): (value: unknown) => string {
  const where = 'file' in source ? source.file : context.place();
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
    const validate = new (ajvLibrary().Ajv)({ strict: false, logger: false }).compile(schema);
    return (value) => {
      if (validate(value)) return '';
      const [first] = validate.errors ?? [];
      return `${first?.schemaPath.replace(/^#/u, '') ?? ''} ${messageOf(first)}`.trim();
    };
  } catch (error) {
    return refuse(error);
  }
}

/** Of items that are alike, the text would name their places. */
function messageOf(
  error: { readonly keyword: string; readonly message?: string } | undefined,
): string {
  if (error?.keyword === 'uniqueItems') return 'must NOT have duplicate items';
  return error?.message ?? 'is not as wanted';
}
