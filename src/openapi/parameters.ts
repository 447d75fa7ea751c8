import type { Dialect } from './description.ts';
import { exampleOfSchema, namedExample, type ExampleValue } from './example-value.ts';
import { entriesOf, isMap, listOf, mapOf, textOf, type JsonMap } from './json-map.ts';
import { Unusable, type References } from './references.ts';
import type { Style } from './serialize.ts';

/** A parameter of an operation, its reference followed. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'body' | 'formData';
  readonly isRequired: boolean;
  readonly written: JsonMap;
}

const PLACES = ['path', 'query', 'header', 'cookie', 'body', 'formData'] as const;

/**
 * Returns the parameters of an operation: those of its path, each replaced by its own of the same
 * name and place, and its own.
 * @throws Unusable for one that cannot be read
 */
export function parametersOf(
  pathItem: JsonMap,
  operation: JsonMap,
  references: References,
): readonly Parameter[] {
  const byKey = new Map<string, Parameter>();
  for (const written of [...listOf(pathItem['parameters']), ...listOf(operation['parameters'])]) {
    const parameter = mapOf(references.follow(written));
    const name = textOf(parameter['name']);
    const place = PLACES.find((one) => one === parameter['in']);
    if (name === undefined || place === undefined) {
      throw new Unusable('a parameter has no name, or no place that is known');
    }
    const isRequired = parameter['required'] === true || place === 'path';
    byKey.set(`${place} ${name}`, { name, in: place, isRequired, written: parameter });
  }
  return [...byKey.values()];
}

/**
 * Returns the value to send.
 * @throws Unusable where there is none
 */
export function valueOf(
  { name, written }: Parameter,
  dialect: Dialect,
  references: References,
): ExampleValue {
  try {
    const named = namedExample(written, references) ?? extensionExample(written);
    if (named) return named;
    if (dialect === '2.0') return exampleOfSchema(written['schema'] ?? written, references);
    const [content] = entriesOf(written['content']);
    if (content === undefined) return exampleOfSchema(written['schema'], references);
    const media = mapOf(content[1]);
    const { value, origin } =
      namedExample(media, references) ?? exampleOfSchema(media['schema'], references);
    return { value: typeof value === 'string' ? value : JSON.stringify(value), origin };
  } catch (error) {
    if (error instanceof Unusable) throw new Unusable(`parameter ${name}: ${error.message}`);
    throw error;
  }
}

/** Swagger 2.0 has no examples of parameters; tools write them so. */
function extensionExample(written: JsonMap): ExampleValue | undefined {
  const value = written['x-example'];
  const isPlain = value !== undefined && value !== null && !isMap(value);
  return isPlain ? { value, origin: 'given' } : undefined;
}

const COLLECTION_STYLES: Readonly<Record<string, string>> = {
  ssv: 'spaceDelimited',
  tsv: 'tabDelimited',
  pipes: 'pipeDelimited',
};

/** Returns how its value is written, by default as OpenAPI says for its place. */
export function styleOf({ name, in: place, written }: Parameter, dialect: Dialect): Style {
  if (dialect === '2.0') {
    const format = textOf(written['collectionFormat']) ?? 'csv';
    return { name, style: COLLECTION_STYLES[format] ?? 'form', explode: format === 'multi' };
  }
  const usual = place === 'query' || place === 'cookie' ? 'form' : 'simple';
  const style = textOf(written['style']) ?? usual;
  const explode = written['explode'];
  return { name, style, explode: typeof explode === 'boolean' ? explode : style === 'form' };
}
